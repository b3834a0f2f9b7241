/** Short sounds that are tried out: samples of voices, clips, takes. One at a time, and never over an episode. */

import { claim, release } from './sound'

class Sampler {
  /** Address of what sounds now. */
  src = $state<string | null>(null)
  isWaiting = $state(false)
  problem = $state<string | null>(null)
  /** How much of it has been heard, 0 to 1. */
  share = $state(0)
  #audio: HTMLAudioElement | null = null
  #frame = 0

  toggle(src: string): void {
    if (this.src === src) this.stop()
    else this.play(src)
  }

  /** Play something from a part of it on, 0 to 1. */
  play(src: string, from = 0): void {
    claim(this.#stop)
    cancelAnimationFrame(this.#frame)
    const audio = (this.#audio ??= this.#make())
    this.src = src
    this.share = from
    this.isWaiting = true
    this.problem = null
    audio.src = src
    audio.onloadedmetadata = () => {
      if (from > 0 && Number.isFinite(audio.duration)) audio.currentTime = from * audio.duration
      this.#look(audio, src)
    }
    audio.play().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === 'AbortError') return
      this.problem = 'This cannot be played.'
      this.stop()
    })
  }

  stop(): void {
    release(this.#stop)
    cancelAnimationFrame(this.#frame)
    this.#audio?.pause()
    this.src = null
    this.share = 0
    this.isWaiting = false
  }

  #look(audio: HTMLAudioElement, src: string): void {
    if (this.src !== src) return
    if (Number.isFinite(audio.duration)) this.share = Math.min(1, audio.currentTime / audio.duration)
    this.#frame = requestAnimationFrame(() => this.#look(audio, src))
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
