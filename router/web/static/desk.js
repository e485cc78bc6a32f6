"use strict";
// Keys of the desk. The physical key counts, so that they work on the Russian and the Latin layout alike.
(() => {
  const OFF = "desk-keys-off";
  const find = (selector) => document.querySelector(selector);
  const keysAreOff = () => localStorage.getItem(OFF) === "1";
  const isTyping = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;
  const isControl = (target) => target.closest("a, button, summary") !== null;
  let sent = false; // one key press, one decision

  function press(selector) {
    const found = find(selector);
    if (!found || found.disabled) return false;
    if (found.form) {
      if (sent) return true;
      sent = true;
    }
    found.click();
    return true;
  }

  function step(by) {
    const rows = [...document.querySelectorAll("[data-row]")];
    if (!rows.length) return press(by > 0 ? '[data-key="j"]' : '[data-key="k"]');
    const at = rows.indexOf(document.activeElement);
    rows[Math.min(rows.length - 1, Math.max(0, at + by))].focus();
    return true;
  }

  function focus(selector) {
    const found = find(selector);
    if (found) found.focus();
    return Boolean(found);
  }

  function help() {
    const dialog = find("#help");
    if (!dialog.open) dialog.showModal();
    return true;
  }

  const KEYS = {
    KeyJ: () => step(1),
    KeyK: () => step(-1),
    KeyZ: () => press("[data-undo]"),
    KeyA: () => focus("[data-answer]"),
    Slash: () => focus("[data-search]"),
    Escape: () => press("[data-up]"),
    Enter: () => press("[data-best]"),
    NumpadEnter: () => press("[data-best]"),
  };
  for (const digit of [1, 2, 3, 4, 5, 6, 7, 8, 9]) {
    KEYS[`Digit${digit}`] = KEYS[`Numpad${digit}`] = () => press(`[data-key="${digit}"]`);
  }

  document.addEventListener("keydown", (event) => {
    const target = event.target;
    if (event.key === "Escape" && isTyping(target)) return target.blur();
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || keysAreOff()) return;
    if (isTyping(target) || find("dialog[open]")) return;
    if (event.code.endsWith("Enter") && isControl(target)) return;
    const found = event.key === "?" ? help : event.shiftKey ? null : KEYS[event.code];
    if (found && found()) event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-help]")) help();
  });

  // What is being written outlives a session that is over, a restart and a broken network: it is kept in this tab.
  const DRAFT = "desk-draft ";
  const draftOf = (box) => DRAFT + new URL(box.form.action).pathname;
  const drafts = () => Object.keys(sessionStorage).filter((key) => key.startsWith(DRAFT));
  const forget = (keys) => keys.forEach((key) => sessionStorage.removeItem(key));

  document.addEventListener("input", ({ target }) => {
    if (target.matches("[data-draft]")) sessionStorage.setItem(draftOf(target), target.value);
  });

  function takeUpDrafts(page) {
    const boxes = [...document.querySelectorAll("[data-draft]")];
    const open = boxes.map(draftOf);
    forget(drafts().filter((key) => key.startsWith(DRAFT + page) && !open.includes(key))); // a step that was taken has no box
    for (const box of boxes) box.value ||= sessionStorage.getItem(draftOf(box)) ?? "";
  }

  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-leave]")) forget(drafts());
    if (event.defaultPrevented || event.target.method === "dialog") return;
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "1";
  });

  const stale = (is) => { find("#stale").hidden = !is; };
  for (const fault of ["htmx:sendError", "htmx:responseError"]) document.addEventListener(fault, () => stale(true));
  document.addEventListener("htmx:afterSwap", () => stale(false));

  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });

  function countDown(toast) {
    let left = Number(toast.dataset.seconds);
    const shown = toast.querySelector(".left");
    const timer = setInterval(() => {
      left -= 1;
      shown.textContent = left;
      if (left > 0) return;
      clearInterval(timer);
      toast.remove();
    }, 1000);
  }

  if (find("[data-case]")) takeUpDrafts(find("[data-case]").dataset.case);
  document.querySelectorAll("[data-seconds]").forEach(countDown);
  const off = find("#keys-off");
  off.checked = keysAreOff();
  off.addEventListener("change", () => localStorage.setItem(OFF, off.checked ? "1" : "0"));
  focus("[data-focus]");
})();
