/** Voices: models' own, and those made from clips. */

import { api, ask, send, toWords } from '../api/client'
import type { components } from '../api/schema'

export type Voice = components['schemas']['VoiceObject']

class Voices {
  list = $state.raw<Voice[]>([])
  state = $state<'loading' | 'ready' | 'failed'>('loading')
  problem = $state<string | null>(null)

  readonly own = $derived(this.list.filter((voice) => voice.kind === 'cloned'))
  readonly presets = $derived(this.list.filter((voice) => voice.kind !== 'cloned' && voice.models.join() !== 'fake'))
  /** Those that some model here can speak in. */
  readonly able = $derived(this.list.filter((voice) => voice.models.some((model) => model !== 'fake')))

  /** Those that a model can speak in, or any where none is named. */
  of(model: string | undefined): Voice[] {
    return this.able.filter((voice) => !model || voice.models.includes(model))
  }

  async load(): Promise<void> {
    try {
      this.list = (await ask<components['schemas']['VoiceList']>(api.GET('/v1/voices'))).data
      this.state = 'ready'
      this.problem = null
    } catch (error) {
      this.problem = toWords(error)
      if (this.state === 'loading') this.state = 'failed'
    }
  }

  /** Ask once, for pages that only name voices. */
  want(): void {
    if (this.state === 'loading') void this.load()
  }

  /** @throws {Refusal} clips are bad, which names them; or the name is taken. */
  async add(name: string, clips: File[], { force }: { force: boolean }): Promise<Voice> {
    const form = new FormData()
    form.append('name', name)
    form.append('consent', 'true') // the page asks before it sends
    if (force) form.append('force', 'true')
    for (const clip of clips) form.append('clips', clip, clip.name)
    const voice = await send<Voice>('POST', '/v1/voices', { form })
    this.list = [voice, ...this.list]
    return voice
  }

  /** @throws {Refusal} there is no such voice any more. */
  async remove(name: string): Promise<void> {
    await ask(api.DELETE('/v1/voices/{name}', { params: { path: { name } } }))
    this.list = this.list.filter((voice) => voice.name !== name || voice.kind !== 'cloned')
  }
}

export const voices = new Voices()

/** Address of a sample; of another text than the server's own where there is one. */
export function sampleOf(voice: string, { text = '', model = '' }: { text?: string; model?: string } = {}): string {
  const query = new URLSearchParams({ ...(text && { text }), ...(model && { model }) }).toString()
  return `/v1/voices/${encodeURIComponent(voice)}/sample${query ? `?${query}` : ''}`
}
