"""What is read aloud: by a person for a good sample, by a model so that its voices can be compared."""

from __future__ import annotations

READ_ALOUD = """\
Before the rain came, we had already carried the chairs inside.
It was one of those evenings when the whole street smells of cut grass and warm stone.
"Would anybody like some tea?" asked my aunt, who never waited for an answer.
She put the kettle on, found six cups, two without a handle, and began to tell us about the voyage.

They had left the harbour on the third of May, at a quarter past five, with forty-eight boxes of oranges.
The captain, a quiet man with enormous hands, measured everything twice: the wind, the fuel, the soup.
"Measure twice, cut once," he used to say; nobody knew what he meant to cut.
On the ninth day the engine coughed, whistled, and gave up.
What would you have done?

Well, they fished. They sang. They played chess with nuts and bolts.
And when, a week later, a small blue ship appeared on the horizon, nobody shouted; they put the kettle on.
That is how I learned that patience is mostly a matter of having something to do with your hands.
"""
"""About a minute and a half: statements, questions and speech, numbers, long and short sentences."""

HOW_TO_READ = """\
Read this aloud as you would read to a friend: your usual voice, your usual pace, a breath between paragraphs.
Sit a hand's width from the microphone and a little to its side, in a room with curtains or books and no fan running.
Keep the level well below the red. Save each paragraph as a file of its own (WAV or FLAC, else a good MP3).
Three clips of 10 to 30 seconds are a good start; more of the same quality help, others do not."""

SEARCH_TEXT = "The kettle was on before she came home, and nobody had asked why."
"""Spoken in every voice that is tried: four seconds, in which most vowels come."""

CHECK_TEXTS = (
    "We walked through the harbour while the fog lifted, counting ships.",
    "Please take the blue folder back to the office by noon, would you?",
    "It was not the answer that they had hoped for, but it would do.",
    "Four of the younger children had never seen such a large machine.",
)
"""Spoken in the best voices only: what was not searched with says how good they really are."""
