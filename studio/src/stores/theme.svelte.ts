/** Light, dark, or as the system has it. */

export type Theme = 'system' | 'light' | 'dark'

const KEY = 'theme'

class ThemeChoice {
  now = $state<Theme>('system')

  start(): void {
    const kept = localStorage.getItem(KEY)
    this.now = kept === 'light' || kept === 'dark' ? kept : 'system'
  }

  choose(theme: Theme): void {
    this.now = theme
    if (theme === 'system') {
      localStorage.removeItem(KEY)
      delete document.documentElement.dataset.theme
    } else {
      localStorage.setItem(KEY, theme)
      document.documentElement.dataset.theme = theme
    }
  }
}

export const theme = new ThemeChoice()
