/** Keys that do something, and the sheet that lists them. A page adds its own while it is shown. */

export interface Key {
  /** As `KeyboardEvent.key` has it, with `Ctrl+`, `Alt+` or `Shift+` before it where those are held; two keys in a row are parted by a blank. */
  key: string
  label: string
  group: string
  run: (event: KeyboardEvent) => void
  /** Also while a field is being typed in. */
  inFields?: boolean
}

/** How long after the first of two keys the second still counts. */
const CHORD_MS = 1000

class Keys {
  list = $state.raw<Key[]>([])
  isSheetOpen = $state(false)
  #first: { name: string; at: number } | null = null

  /** Add keys; returns what takes them away. */
  add(...keys: Key[]): () => void {
    this.list = [...this.list, ...keys]
    return () => {
      this.list = this.list.filter((key) => !keys.includes(key))
    }
  }

  start(): () => void {
    document.addEventListener('keydown', this.#press)
    return () => document.removeEventListener('keydown', this.#press)
  }

  #press = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing) return
    const name = nameOf(event)
    const typing = isField(event.target)
    const chord = this.#first && event.timeStamp - this.#first.at < CHORD_MS ? `${this.#first.name} ${name}` : null
    this.#first = null
    // What came last goes first: a page may take a key of the shell.
    const able = isTaken(event.target, name) ? [] : this.list.toReversed().filter((key) => !typing || key.inFields)
    const found = able.find((key) => key.key === chord) ?? able.find((key) => key.key === name)
    if (found) {
      event.preventDefault()
      found.run(event)
    } else if (able.some((key) => key.key.startsWith(`${name} `))) {
      this.#first = { name, at: event.timeStamp }
    }
  }
}

/** A pressed key as the list writes it. */
export function nameOf(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>): string {
  const key = event.key === ' ' ? 'Space' : event.key
  const held = [event.ctrlKey || event.metaKey ? 'Ctrl' : '', event.altKey ? 'Alt' : '']
  // Shift shows in the character itself where there is one: `?`, `N`.
  if (event.shiftKey && key.length > 1) held.push('Shift')
  return [...held.filter(Boolean), key].join('+')
}

function isField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'submit'].includes(target.type)
}

/** Open dialogs and menus take all keys, and what has the focus takes those that press it. */
function isTaken(target: EventTarget | null, name: string): boolean {
  if (document.querySelector('dialog[open], [role=menu]:popover-open')) return true
  const presses = name === 'Space' || name === 'Enter'
  return presses && target instanceof Element && target.closest('button, a, summary, [role=slider]') !== null
}

export const keys = new Keys()
