/** The skill booking-cancellation: cancels what an earlier task of the same conversation has booked. */
import type { TaskContext } from '../../../plugins/index.ts'
import { cancel, findBooking, receipt } from '../bookings.ts'
import { said, stringOf } from '../../shared/conversation.ts'
import { readLocator } from '../sentences.ts'

export default async function bookingCancellation (task: TaskContext) {
  const locator = said(task).map(({ text, data }) => stringOf(data, 'locator') ?? readLocator(text)).findLast(found => found !== undefined)
  if (locator === undefined) return await task.requireInput('Which booking shall be canceled? Name its locator: six letters and digits.')

  const booking = findBooking(locator, await task.contextTasks({ limit: 100 }))
  if (booking === undefined) return await task.reject(`There is no booking ${locator} in this conversation. Send the contextId of the task that booked it.`)
  if (booking === 'canceled') return await task.reject(`The booking ${locator} is canceled already.`)
  await task.artifact(receipt(cancel(booking)))
}
