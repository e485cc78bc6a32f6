from router.cli import main

main(prog_name="complaint-router")
