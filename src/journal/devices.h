// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "device/slot.h"
#include "journal/journal.h"

/* Drivers and attributes of devices, each told to the journal before it is touched. */

/* The GPU's slot is given to its drivers, see slot_bind(). -EBUSY: somebody holds it, see *ret_holders,
 * and nothing was touched. -EDEADLK: it is marked as stuck, and so not looked at. What does not come back
 * is marked. */
int journal_bind_slot(Journal *j, Slot *slot, HolderList *ret_holders) _must_check_;

/* The same the other way: to what had it before, or, without a driver, to whichever claims it. Then there
 * is nothing to undo any more. */
int journal_return_slot(Journal *j, Slot *slot, HolderList *ret_holders) _must_check_;

/* That the next boot will take these from their drivers: revert gives them back. */
int journal_note_slot(Journal *j, const Slot *slot) _must_check_;

/* Adds the functions that are to be given back to what they were, as far as they still are what was
 * made of them. Others are forgotten. Drivers are borrowed from the journal. */
int journal_taken_slots(Journal *j, const Plan *plan, SlotList *slots) _must_check_;

/* A step of step_prepare(), after its attributes are remembered. */
int journal_prepare(Journal *j, const Step *step, char **ret_problem) _must_check_;

/* Puts back what was written, unless somebody has written something else since. 1 where it changed. */
int journal_restore_attribute(Journal *j, const JournalAttribute *attribute) _must_check_;
