"""Born machines trained by quenches: hidden, basic and randomly driven."""
