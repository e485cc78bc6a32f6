from training.start import main

main()
