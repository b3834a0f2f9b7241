"""What backends share that reach a model elsewhere over HTTP."""
