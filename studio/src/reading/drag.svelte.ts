/** Lines that are dragged elsewhere with a finger, a pen or a mouse. */

/** Where lines would go: before or behind which one. */
export interface Place {
  line: number
  isBehind: boolean
}

/** How near the edge of the list it begins to move, and how far at once. */
const EDGE_PX = 56
const STEP_PX = 12

export class Drag {
  ids = $state.raw<readonly number[]>([])
  place = $state.raw<Place | null>(null)

  #y = 0
  #frame = 0

  constructor(
    private readonly list: () => HTMLElement | undefined,
    private readonly drop: (ids: readonly number[], place: Place) => void,
  ) {}

  begin(event: PointerEvent, ids: readonly number[]): void {
    if (event.button !== 0 || !(event.currentTarget instanceof HTMLElement)) return
    event.preventDefault()
    const grip = event.currentTarget
    grip.setPointerCapture(event.pointerId)
    this.ids = ids
    this.#y = event.clientY
    const move = (moved: PointerEvent) => {
      this.#y = moved.clientY
      this.#look()
    }
    const end = (ended: Event) => {
      grip.removeEventListener('pointermove', move)
      grip.removeEventListener('pointerup', end)
      grip.removeEventListener('pointercancel', end)
      cancelAnimationFrame(this.#frame)
      if (ended.type === 'pointerup' && this.place) this.drop(this.ids, this.place)
      this.ids = []
      this.place = null
    }
    grip.addEventListener('pointermove', move)
    grip.addEventListener('pointerup', end)
    grip.addEventListener('pointercancel', end)
    this.#scroll()
  }

  #look(): void {
    const list = this.list()
    if (!list) return
    const { left, width } = list.getBoundingClientRect()
    const row = document.elementFromPoint(left + width / 2, this.#y)?.closest<HTMLElement>('[data-line]')
    if (!row || !list.contains(row)) return
    const { top, height } = row.getBoundingClientRect()
    const line = Number(row.dataset.line)
    this.place = this.ids.includes(line) ? null : { line, isBehind: this.#y > top + height / 2 }
  }

  /** The list moves on while something is held at its edge. */
  #scroll(): void {
    const list = this.list()
    if (list) {
      const { top, bottom } = list.getBoundingClientRect()
      const by = this.#y < top + EDGE_PX ? -STEP_PX : this.#y > bottom - EDGE_PX ? STEP_PX : 0
      if (by !== 0) {
        list.scrollTop += by
        this.#look()
      }
    }
    this.#frame = requestAnimationFrame(() => this.#scroll())
  }
}
