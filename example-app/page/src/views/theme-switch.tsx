import { useState } from 'preact/hooks'
import { applyTheme, storedTheme, storeTheme, themes, type Theme } from './theme.ts'

const names: Readonly<Record<Theme, string>> = { auto: 'Auto', light: 'Light', dark: 'Dark' }

export function ThemeSwitch () {
  const [theme, setTheme] = useState(storedTheme)
  const choose = (theme: Theme) => {
    setTheme(theme)
    storeTheme(theme)
    applyTheme(theme)
  }
  return (
    <fieldset class='themes'>
      <legend class='unseen'>Colours</legend>
      {themes.map(each => (
        <label key={each}>
          <input class='unseen' type='radio' name='theme' checked={each === theme} onChange={() => choose(each)} />
          <span>{names[each]}</span>
        </label>
      ))}
    </fieldset>
  )
}
