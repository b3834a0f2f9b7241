/** What became of a reading since it was published, in words. */

import type { components } from '../../api/schema'
import { count } from '../../words/sizes'

export type Publication = components['schemas']['PublicationObject']
export type Changes = components['schemas']['Changes']
export type Render = components['schemas']['RenderObject']

/** Every kind of change as a sentence's part; nothing where all is as it was. */
export function listChanges({ worded, respoken, added, removed, is_reordered }: Changes): string[] {
  return [
    worded > 0 ? `${count(worded, 'line')} worded or paused otherwise` : '',
    respoken > 0 ? `${count(respoken, 'line')} in another take` : '',
    added > 0 ? `${count(added, 'line')} added` : '',
    removed > 0 ? `${count(removed, 'line')} left out` : '',
    is_reordered ? 'lines in another order' : '',
  ].filter(Boolean)
}

/** Loudness as people compare it: podcasts are made for about -16 LUFS. */
export function tellLoudness(lufs: number | null): string {
  return lufs === null ? 'not measured' : `${lufs.toFixed(1).replace('-', '−')} LUFS`
}
