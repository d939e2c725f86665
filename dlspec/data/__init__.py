"""Sources, columns, splits and transforms: from a `data` block to arrays that a training takes."""
