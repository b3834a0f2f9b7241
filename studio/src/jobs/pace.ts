/** How fast a job goes, from what it told of itself. */

/** Work done before this much time has passed says little. */
const LEAST_S = 3
/** Of the last lines, so that a slow beginning is forgotten. */
const N_SEEN = 40

export class Pace {
  #stage: string | null | undefined
  #seen: { at_s: number; done: number }[] = []
  #total = 0

  constructor(private readonly now_s: () => number = () => performance.now() / 1000) {}

  see({ stage, done = 0, total = 0 }: { stage?: string | null; done?: number; total?: number }): void {
    if (stage !== this.#stage || done < (this.#seen.at(-1)?.done ?? 0)) this.#seen = []
    this.#stage = stage
    this.#total = total
    if (this.#seen.at(-1)?.done === done) return
    this.#seen.push({ at_s: this.now_s(), done })
    if (this.#seen.length > N_SEEN) this.#seen.shift()
  }

  /** Seconds until all is done at this pace; null while nobody can tell. */
  left_s(): number | null {
    const [first, last] = [this.#seen[0], this.#seen.at(-1)]
    if (!first || !last || this.#total === 0 || last.done <= first.done) return null
    const passed_s = this.now_s() - first.at_s
    if (passed_s < LEAST_S) return null
    const rate = (last.done - first.done) / passed_s
    return (this.#total - last.done) / rate
  }
}
