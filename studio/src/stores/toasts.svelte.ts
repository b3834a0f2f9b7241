/** Short messages that come and go. */

import { toWords } from '../api/client'

export interface Toast {
  id: number
  kind: 'good' | 'bad' | 'plain'
  text: string
  action: { label: string; run: () => void } | null
}

/** Long enough to be read aloud. */
const STAY_MS = 6000

class Toasts {
  list = $state<Toast[]>([])
  #next = 1

  /** Say something; a message with an action, or of trouble, stays twice as long. */
  say(text: string, { kind = 'plain', action = null }: { kind?: Toast['kind']; action?: Toast['action'] } = {}): void {
    const id = this.#next++
    this.list.push({ id, kind, text, action })
    if (this.list.length > 4) this.list.shift()
    setTimeout(() => this.dismiss(id), kind === 'bad' || action ? STAY_MS * 2 : STAY_MS)
  }

  /** Say what went wrong. */
  fail(error: unknown): void {
    this.say(toWords(error), { kind: 'bad' })
  }

  dismiss(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id)
  }
}

export const toasts = new Toasts()
