"""How written English is spoken: one module for each class of thing that is not written as it is said."""
