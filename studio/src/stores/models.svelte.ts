/** Models and the memory that they share, live while somebody looks. */

import { api, ask, toWords } from '../api/client'
import type { components } from '../api/schema'
import { events } from './events.svelte'

export type Model = components['schemas']['ModelObject']
export type Memory = components['schemas']['MemoryObject']
export type Doing = 'load' | 'unload' | 'pin' | 'unpin'

/** For servers whose stream says nothing of models, and for queues, which change within a load. */
const LOOK_MS = 2500

class Models {
  list = $state.raw<Model[]>([])
  memory = $state.raw<Memory[]>([])
  state = $state<'loading' | 'ready' | 'failed'>('loading')
  problem = $state<string | null>(null)
  /** Models that were told to do something and have not answered. */
  busy = $state<Record<string, Doing>>({})

  readonly speakers = $derived(this.list.filter((model) => model.tasks.includes('synthesize') && !model.missing && model.id !== 'fake'))

  /** Keep up for as long as somebody looks; returns what ends it. */
  watch(): () => void {
    void this.load()
    const timer = setInterval(() => document.hidden || void this.load(), LOOK_MS)
    const stops = [events.on('models', () => void this.load()), events.onReturn(() => void this.load())]
    return () => {
      clearInterval(timer)
      stops.forEach((stop) => stop())
    }
  }

  async load(): Promise<void> {
    try {
      const found = await ask<components['schemas']['ModelList']>(api.GET('/v1/models'))
      this.list = found.data
      this.memory = found.memory
      this.state = 'ready'
      this.problem = null
    } catch (error) {
      this.problem = toWords(error)
      if (this.state === 'loading') this.state = 'failed'
    }
  }

  /** @throws {Refusal} the model cannot do that. */
  async tell(id: string, doing: Doing): Promise<void> {
    const params = { params: { path: { model: id } } }
    const calls = {
      load: () => api.POST('/v1/models/{model}/load', params),
      unload: () => api.POST('/v1/models/{model}/unload', params),
      pin: () => api.POST('/v1/models/{model}/pin', params),
      unpin: () => api.DELETE('/v1/models/{model}/pin', params),
    }
    this.busy = { ...this.busy, [id]: doing }
    try {
      const model = await ask<Model>(calls[doing]())
      this.list = this.list.map((each) => (each.id === id ? model : each))
    } finally {
      const { [id]: _, ...others } = this.busy
      this.busy = others
      void this.load()
    }
  }
}

export const models = new Models()

/** What a model takes on a device, in bytes: as measured while it is in memory. */
export function bytesOn(model: Model, device: string): number {
  return model.footprint[device] ?? 0
}

export function isResident(model: Model): boolean {
  return ['loading', 'ready', 'unloading'].includes(model.state)
}
