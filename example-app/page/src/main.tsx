import { render } from 'preact'
import { App } from './app.tsx'
import { applyTheme, storedTheme } from './views/theme.ts'

const page = document.getElementById('page')
if (page === null) throw new Error('index.html has no #page')

// Before anything is drawn: nobody wants to see the other theme first.
applyTheme(storedTheme())
render(<App />, page)
