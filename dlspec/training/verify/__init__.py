"""`verify`: the contract between the backends, measured for one spec or run."""
