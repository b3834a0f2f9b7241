/** The voice that an episode is read in, as far as the page can tell. */

import type { Line, Show } from '../api/domain'

export interface Voicing {
  /** Empty where nobody knows. */
  voice: string
  model: string
}

/** Of the last lines that a voice spoke without being told which, else what the show chose. */
export function findVoicing(lines: readonly Line[], show: Pick<Show, 'choices'> | undefined): Voicing {
  const take = lines.findLast((line) => line.take?.origin === 'voice' && line.voice === null)?.take
  return { voice: take?.voice ?? show?.choices.voice ?? '', model: take?.model ?? show?.choices.model ?? '' }
}
