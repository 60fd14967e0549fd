"""Fine tuning: training files, jobs, and the models that they train."""
