/** Short sounds that are tried out: samples of voices, clips, takes. One at a time, and never over an episode. */

import { claim, release } from './sound'

class Sampler {
  /** Address of what sounds now. */
  src = $state<string | null>(null)
  isWaiting = $state(false)
  problem = $state<string | null>(null)
  #audio: HTMLAudioElement | null = null

  toggle(src: string): void {
    if (this.src === src) this.stop()
    else this.play(src)
  }

  play(src: string): void {
    claim(this.#stop)
    const audio = (this.#audio ??= this.#make())
    this.src = src
    this.isWaiting = true
    this.problem = null
    audio.src = src
    audio.play().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === 'AbortError') return
      this.problem = 'This cannot be played.'
      this.stop()
    })
  }

  stop(): void {
    release(this.#stop)
    this.#audio?.pause()
    this.src = null
    this.isWaiting = false
  }

  #stop = (): void => this.stop()

  #make(): HTMLAudioElement {
    const audio = new Audio()
    audio.addEventListener('playing', () => (this.isWaiting = false))
    audio.addEventListener('ended', () => this.stop())
    return audio
  }
}

export const sampler = new Sampler()
