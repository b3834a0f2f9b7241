/** Takes in words. */

import type { Take } from '../../api/domain'
import { toDistance } from '../../words/time'

/** Whose voice it is. */
export function nameOrigin({ origin, voice, model }: Pick<Take, 'origin' | 'voice' | 'model'>): string {
  if (origin === 'microphone') return 'Your recording'
  if (origin === 'upload') return 'Your file'
  return voice ? `Voice ${voice}` : `Voice of ${model ?? 'a model'}`
}

/** A take as a reader of the screen names it: `Take 2 of 3, your recording, 4 minutes ago, chosen, flagged`. */
export function nameTake(take: Take, { place, nTakes, isChosen }: { place: number; nTakes: number; isChosen: boolean }): string {
  const parts = [`Take ${place} of ${nTakes}`, nameOrigin(take).toLowerCase(), toDistance(take.made_at)]
  return [...parts, isChosen ? 'chosen' : '', take.accepted ? '' : 'flagged'].filter(Boolean).join(', ')
}
