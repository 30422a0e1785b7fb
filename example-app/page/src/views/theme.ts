export const themes = ['auto', 'light', 'dark'] as const
export type Theme = typeof themes[number]

const key = 'theme'

export function storedTheme (): Theme {
  const stored = read()
  return themes.find(theme => theme === stored) ?? 'auto'
}

/** The style sheet goes by `data-theme`; without one, by what the system prefers. */
export function applyTheme (theme: Theme): void {
  if (theme === 'auto') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
}

export function storeTheme (theme: Theme): void {
  try {
    localStorage.setItem(key, theme)
  } catch { /* a browser that keeps nothing asks again next time */ }
}

function read (): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}
