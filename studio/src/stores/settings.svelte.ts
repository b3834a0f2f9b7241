/** What a person turns, as far as the server lets it be turned from here. */

import { isMissing, send, toWords } from '../api/client'

export interface SettingValues {
  model: string | null
  voice: string | null
  speed: number
  follow_every_h: number
  quiet_from: number | null
  quiet_until: number | null
  base_url: string | null
}

type Answer = SettingValues & { needs_restart?: string[] }

class Settings {
  now = $state.raw<Answer | null>(null)
  state = $state<'loading' | 'ready' | 'failed' | 'missing'>('loading')
  problem = $state<string | null>(null)

  async load(): Promise<void> {
    try {
      this.now = await send<Answer>('GET', '/v1/settings')
      this.state = 'ready'
      this.problem = null
    } catch (error) {
      this.problem = toWords(error)
      if (isMissing(error)) this.state = 'missing'
      else if (this.state === 'loading') this.state = 'failed'
    }
  }

  /** @throws {Refusal} a value is out of range; nothing is changed then. */
  async change(values: Partial<SettingValues>): Promise<void> {
    this.now = await send<Answer>('PATCH', '/v1/settings', { body: values })
  }
}

export const settings = new Settings()
