import { useId, useRef, useState } from 'preact/hooks'

export type WishFormProps = {
  readonly draft: string
  /** Wishes that work. */
  readonly examples: readonly string[]
  readonly onPlan: (wish: string) => void
}

export function WishForm ({ draft, examples, onPlan }: WishFormProps) {
  const id = useId()
  const box = useRef<HTMLTextAreaElement>(null)
  const [wish, setWish] = useState(draft)
  const [isMissing, setMissing] = useState(false)

  const plan = () => {
    if (wish.trim() !== '') return onPlan(wish.trim())
    setMissing(true)
    box.current?.focus()
  }

  return (
    <section class='wish' aria-labelledby={`${id}-title`}>
      <h1 id={`${id}-title`}>Where to?</h1>
      <p class='lead'>Say it in your own words. Four agents look for flights, a hotel and things to do, and agree on a plan within your budget.</p>
      <form onSubmit={event => { event.preventDefault(); plan() }}>
        <label for={id}>Your wish</label>
        <textarea
          id={id} ref={box} rows={3} maxLength={2000} value={wish} aria-required aria-invalid={isMissing}
          aria-describedby={isMissing ? `${id}-problem` : `${id}-hint`}
          onInput={event => { setWish(event.currentTarget.value); setMissing(false) }}
          onKeyDown={event => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) plan() }}
        />
        {isMissing
          ? <p class='problem' id={`${id}-problem`}>Say where you would like to go.</p>
          : <p class='hint' id={`${id}-hint`}>Where, how long, how many of you, and what it may cost.</p>}
        <button class='button' type='submit'>Plan the trip</button>
      </form>
      {examples.length > 0 && (
        <div class='examples'>
          <h2 class='eyebrow'>For example</h2>
          <ul>
            {examples.map(example => (
              <li key={example}>
                <button class='example' type='button' onClick={() => { setWish(example); setMissing(false); box.current?.focus() }}>{example}</button>
              </li>
            ))}
          </ul>
        </div>
      )}
    </section>
  )
}
