import { Batch } from './batch.ts'
import type { Connection, Listener } from './connection.ts'
import { Ear } from './ear.ts'
import { taskKey, type Place } from './keys.ts'
import { look } from './lua/tasks.ts'

/** Tasks of one look. */
const lookSize = 500

/** Who listens to a channel. */
type Line = {
  readonly ears: Set<Ear>
  /** The task whose log it is; undefined for others. */
  readonly place: Place | undefined
  isSubscribed: boolean
  /** Something was heard since the last look. */
  isFresh: boolean
}

/**
 * What this process hears of tasks: from its own appends, by one connection that listens for those of others, and by a look
 * once in a while for what was missed while that connection was down. What is heard saves reading the log; that nothing
 * is missing does not depend on it.
 */
export class Feed {
  readonly #connection: Connection
  readonly #lines = new Map<string, Line>()
  readonly #poll: NodeJS.Timeout
  #listener: Listener | undefined

  /** @param pollInterval in ms */
  constructor (connection: Connection, pollInterval: number) {
    this.#connection = connection
    this.#poll = setInterval(() => { void this.#look() }, pollInterval)
    this.#poll.unref()
  }

  /**
   * Begins to listen to a task.
   * @param isOwn whether only this process can write it: then there is nobody else to listen to
   */
  openTask (place: Place, isOwn: boolean): Ear {
    const channel = logChannel(place)
    const ear = this.#open(channel, place)
    if (!isOwn) this.#subscribe(channel)
    return ear
  }

  closeTask (place: Place, ear: Ear): void {
    this.#close(logChannel(place), ear)
  }

  /** Begins to listen for letters to a holder, on every shard. */
  openMail (tags: readonly string[], holder: string): Ear {
    const ear = new Ear()
    for (const tag of tags) {
      this.#open(`${tag}:mail:${holder}`, undefined, ear)
      this.#subscribe(`${tag}:mail:${holder}`)
    }
    return ear
  }

  closeMail (tags: readonly string[], holder: string, ear: Ear): void {
    for (const tag of tags) this.#close(`${tag}:mail:${holder}`, ear)
  }

  /** This process has appended. */
  tell (place: Place, batch: Batch): void {
    this.#tell(this.#lines.get(logChannel(place)), batch)
  }

  /** Others may write the task from now on. */
  disown (place: Place): void {
    const channel = logChannel(place)
    if (this.#lines.has(channel)) this.#subscribe(channel)
  }

  stop (): void {
    clearInterval(this.#poll)
    for (const { ears } of this.#lines.values()) for (const ear of ears) ear.nudge()
  }

  #open (channel: string, place: Place | undefined, ear = new Ear()): Ear {
    const line = this.#lines.get(channel)
    if (line === undefined) this.#lines.set(channel, { ears: new Set([ear]), place, isSubscribed: false, isFresh: false })
    else line.ears.add(ear)
    return ear
  }

  #close (channel: string, ear: Ear): void {
    const line = this.#lines.get(channel)
    line?.ears.delete(ear)
    if (line === undefined || line.ears.size > 0) return
    this.#lines.delete(channel)
    if (line.isSubscribed) this.#listener?.unsubscribe(channel).catch(ignore)
  }

  #subscribe (channel: string): void {
    const line = this.#lines.get(channel)
    if (line === undefined || line.isSubscribed) return
    line.isSubscribed = true
    this.#listener ??= this.#connection.listen((channel, text) => this.#hear(channel, text), () => { void this.#look(true) })
    this.#listener.subscribe(channel).then(
      () => line.place === undefined ? nudge(line) : this.#lookAt([line]), // something may have come while nobody listened
      () => { line.isSubscribed = false }
    )
  }

  #hear (channel: string, text: string): void {
    const line = this.#lines.get(channel)
    if (line === undefined) return
    if (line.place === undefined) return nudge(line)
    const end = text.indexOf(' ')
    const generation = Number(text.slice(0, end))
    if (text.length > end + 1) this.#tell(line, new Batch(generation, text.slice(end + 1)))
    else for (const ear of line.ears) ear.tellGeneration(generation)
  }

  #tell (line: Line | undefined, batch: Batch): void {
    if (line === undefined) return
    line.isFresh = true
    for (const ear of line.ears) ear.tell(batch)
  }

  /** @param atAll also at what was heard of just now */
  async #look (atAll = false): Promise<void> {
    const lines: Line[] = []
    for (const line of this.#lines.values()) {
      if (line.place === undefined) nudge(line)
      else if (atAll || !line.isFresh) lines.push(line)
      line.isFresh = false
    }
    for (const tag of new Set(lines.map(({ place }) => place?.tag))) {
      const shard = lines.filter(({ place }) => place?.tag === tag)
      for (let i = 0; i < shard.length; i += lookSize) await this.#lookAt(shard.slice(i, i + lookSize))
    }
  }

  /** @param lines of one shard */
  async #lookAt (lines: readonly Line[]): Promise<void> {
    const places = lines.flatMap(({ place }) => place ?? [])
    const [first] = places
    if (first === undefined) return
    try {
      const generations = await this.#connection.run(look, first.tag, ...places.map(taskKey)) as Array<string | null> // as the script answers
      for (const [i, line] of lines.entries()) {
        const generation = generations[i]
        if (generation == null) nudge(line)
        else for (const ear of line.ears) ear.tellGeneration(Number(generation))
        // Somebody else writes it after all.
        if (line.place !== undefined && [...line.ears].some(({ mustLook }) => mustLook)) this.#subscribe(logChannel(line.place))
      }
    } catch {
      // the next look may have more luck
    }
  }
}

function nudge ({ ears }: Line): void {
  for (const ear of ears) ear.nudge()
}

/** Also the key of the log. */
function logChannel (place: Place): string {
  return `${place.tag}:log:${taskKey(place)}`
}

function ignore (): void {}
