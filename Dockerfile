# The service from the lock: what is not in it by its digest is not in the image.
# (The larger image has the compiler that builds the optional compiled part.)
FROM python:3.11 AS build
WORKDIR /src
RUN python -m venv /opt/router
COPY requirements.lock ./
RUN /opt/router/bin/pip install --no-cache-dir --require-hashes --requirement requirements.lock
COPY . .
RUN /opt/router/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim
RUN useradd --system --uid 10001 --no-create-home router && install --directory --owner router /var/lib/router
# Program and models belong to root: the service can read them and cannot change them.
COPY --from=build /opt/router /opt/router
USER 10001
WORKDIR /var/lib/router
VOLUME /var/lib/router
ENV PATH=/opt/router/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    COMPLAINT_ROUTER_DATABASE_URL=sqlite:////var/lib/router/complaints.sqlite
EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
ENTRYPOINT ["complaint-router"]
CMD ["serve", "--host", "0.0.0.0"]
