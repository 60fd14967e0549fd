"""Fine tuning: training data read and checked, jobs that train, and the models they yield."""
