// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/verb.h"

#define OWN(option) (1u << OPTION_##option)

/* What `list` shows, and no more: it is typed most. */
#define LIST_PARTS (MACHINE_GPUS | MACHINE_NAMES | MACHINE_CLAIMS)

/* All that lets devices sleep. */
#define PLAN_PARTS (MACHINE_ALL & ~MACHINE_PREFLIGHT)

/* All that costs no seconds: what is in initramfs images matters to `check`, `plan` and `apply`. */
#define QUICK_PARTS (PLAN_PARTS & ~MACHINE_IMAGES)

const char *const verb_group_titles[_VERB_GROUP_MAX] = {
        [VERB_SEEING] = "What is there, and what would happen",
        [VERB_CHANGING] = "Change this host",
        [VERB_WATCHING] = "Watch what runs",
        [VERB_FILES] = "Files",
        [VERB_HELP] = "Help",
};

/* clang-format off */
const Verb verbs[] = {
        {
                .name = "list",
                .arguments = "",
                .options = OWN(TREE),
                .parts = LIST_PARTS,
                .needs = NEED_PLAN | SAY_FILES | SAY_UNSEEN,
                .help = "GPUs with driver, IOMMU group, role and holder",
                .details = "Lists the GPUs of this machine: address, name, driver, IOMMU group, "
                           "role, and which instance holds it. With --tree, also the functions "
                           "that go along with each and what else stands in their groups.",
                .run = verb_list,
        },
        {
                .name = "status",
                .arguments = "",
                .parts = QUICK_PARTS,
                .needs = NEED_PLAN | SAY_UNSEEN,
                .help = "whether the files rule, and how GPUs and instances stand",
                .details = "Says first whether this boot follows the files, then how each GPU "
                           "and each instance stands, then what to look at next.",
                .run = verb_status,
        },
        {
                .name = "check",
                .arguments = "",
                .options = OWN(SEVERITY),
                .parts = MACHINE_ALL,
                .needs = NEED_PLAN,
                .help = "what is wrong with machine and files, each with the fix",
                .details = "Looks at the files and at the machine and says what is wrong or "
                           "worth knowing, errors first, each with what to do about it. Exits 1 "
                           "if there is an error, 2 if it is one of a file's syntax or schema.",
                .run = verb_check,
        },
        {
                .name = "plan",
                .arguments = "",
                .parts = PLAN_PARTS,
                .needs = NEED_PLAN | NEED_USERS | SAY_UNSEEN,
                .help = "the steps from what is to what the files want",
                .details = "Shows what would be done to get from what is to what the files "
                           "want, when, and why; and the kernel arguments as intended, "
                           "configured and running. Changes nothing. Exits 3 if there is "
                           "anything to do.",
                .run = verb_plan,
        },
        {
                .name = "show",
                .arguments = "NAME",
                .least = 1,
                .most = 1,
                .candidates = CANDIDATES_OBJECT,
                .options = OWN(COMMAND),
                .parts = QUICK_PARTS,
                .needs = NEED_PLAN | SAY_UNSEEN,
                .help = "an instance or a GPU in full",
                .details = "Shows all that is known of one instance (a VM, a container, one of "
                           "their replicas) or of one GPU (its address, or its name in host.d). "
                           "With --command, what a VM was started with, or would be.",
                .run = verb_show,
        },
        {
                .name = "why",
                .arguments = "GPU",
                .least = 1,
                .most = 1,
                .candidates = CANDIDATES_GPU,
                .parts = QUICK_PARTS,
                .needs = NEED_PLAN | SAY_UNSEEN,
                .help = "why a GPU stands where it stands",
                .details = "Explains one GPU: which file and line gives it its role, its "
                           "driver, its group, what guards it, who may use it and who does. GPU "
                           "is an address, the name of its entry in host.d, or a part of its "
                           "name that no other GPU has.",
                .run = verb_why,
        },
        {
                .name = "resources",
                .arguments = "",
                .parts = QUICK_PARTS,
                .needs = NEED_PLAN | SAY_FILES | SAY_UNSEEN,
                .help = "what VMs can be given: whole GPUs and vGPU profiles",
                .details = "Lists what VMs can be given: whole GPUs, and vGPU profiles with how "
                           "many more of each could be made now.",
                .run = verb_resources,
        },
        {
                .name = "apply",
                .arguments = "",
                .options = OWN(YES) | OWN(DRY_RUN) | OWN(ONLY),
                .group = VERB_CHANGING,
                .parts = PLAN_PARTS,
                .needs = NEED_PLAN | NEED_USERS | NEED_LOCK,
                .help = "do what the plan says, and say what needs a reboot",
                .details = "Shows the plan, does what can be done on the running machine, writes "
                           "what the next boot reads, and says what needs a reboot. At a "
                           "terminal it asks before drivers are changed. A card that somebody "
                           "uses is left to the next boot, or, if that was not to be seen "
                           "before, refused with who uses it. Can be ended at any point and run "
                           "again.",
                .run = verb_apply,
        },
        {
                .name = "revert",
                .arguments = "",
                .options = OWN(YES) | OWN(BOOT_FILES),
                .group = VERB_CHANGING,
                .parts = QUICK_PARTS,
                .needs = NEED_PLAN | NEED_LOCK,
                .help = "undo all that apply has done",
                .details = "Gives every card back to the driver it had, and restores the files "
                           "that apply has written, as they were. What somebody else has changed "
                           "since is theirs and stays. What is declared is taken again by the "
                           "next boot: change the files below host.d, too, if that is not "
                           "meant. Can be ended at any point and run again.",
                .run = verb_revert,
        },
        {
                .name = "take",
                .arguments = "GPU",
                .least = 1,
                .most = 1,
                .candidates = CANDIDATES_GPU,
                .group = VERB_CHANGING,
                .parts = MACHINE_ALL,
                .needs = NEED_PLAN | NEED_LOCK | SAY_FILES,
                .help = "take a GPU from its native driver now",
                .details = "Takes a GPU that is declared as passthrough or on-demand from its "
                           "native driver now, with all that goes along with it, under the "
                           "same guards as ever. One that somebody uses is refused with who "
                           "uses it.",
                .run = verb_take,
        },
        {
                .name = "release",
                .arguments = "GPU",
                .least = 1,
                .most = 1,
                .candidates = CANDIDATES_GPU,
                .group = VERB_CHANGING,
                .parts = MACHINE_ALL,
                .needs = NEED_PLAN | NEED_LOCK | SAY_FILES,
                .help = "give a GPU back to its native driver now",
                .details = "Gives a GPU back to its native driver now, with all that goes along "
                           "with it. One that an instance has is refused. What is declared as "
                           "passthrough is taken again by the next apply or boot.",
                .run = verb_release,
        },
        {
                .name = "switch",
                .arguments = "NAME",
                .least = 1,
                .most = 1,
                .candidates = CANDIDATES_INSTANCE,
                .options = OWN(YES) | OWN(DRY_RUN),
                .group = VERB_CHANGING,
                .parts = QUICK_PARTS,
                .needs = NEED_PLAN | NEED_ROOT | SAY_UNSEEN,
                .help = "start a VM in place of the one that has its GPU",
                .details = "Stops whoever has a GPU that the VM needs, as systemctl stop does, and "
                           "starts the VM. Only where the policy of that GPU is switch. At a "
                           "terminal it asks before it stops one. Who does not stop, or could not "
                           "start anyway, is told of, and nothing is started.",
                .run = verb_switch,
        },
        {
                .name = "rearm",
                .arguments = "",
                .options = OWN(UNLESS_DISARMED),
                .group = VERB_CHANGING,
                .parts = MACHINE_BOOT | MACHINE_ARGUMENTS,
                .needs = NEED_MACHINE,
                .help = "try passthrough again after boots that failed",
                .details = "Counts boots that do not come up anew, so that the next boot follows "
                           "the files again. Three such boots in a row have put gpuhost off, and "
                           "gpuhost status says so.",
                .run = verb_rearm,
        },
        {
                .name = "logs",
                .arguments = "NAME",
                .least = 1,
                .most = 1,
                .candidates = CANDIDATES_OBJECT,
                .options = OWN(FOLLOW) | OWN(LINES),
                .group = VERB_WATCHING,
                .parts = LIST_PARTS,
                .needs = NEED_PLAN,
                .help = "what the journal has on an instance or a GPU",
                .details = "Runs journalctl for the units of an instance, or for what was said "
                           "about a GPU, by the kernel too. With --root there is no journal to "
                           "look into, and the command line is printed.",
                .run = verb_logs,
        },
        {
                .name = "console",
                .arguments = "NAME",
                .least = 1,
                .most = 1,
                .candidates = CANDIDATES_INSTANCE,
                .group = VERB_WATCHING,
                .needs = NEED_CONFIG,
                .help = "the serial console of a VM that runs",
                .details = "Connects this terminal to the serial console of a VM that runs. Ctrl-] "
                           "leaves it. Standard input and output may be pipes as well. One at a "
                           "time can be connected.",
                .run = verb_console,
        },
        {
                .name = "suggest",
                .arguments = "",
                .group = VERB_FILES,
                .parts = QUICK_PARTS,
                .needs = NEED_PLAN | SAY_UNSEEN,
                .help = "a first file for this machine, all commented out",
                .details = "Prints a file for /etc/gpuhost/host.d with an entry for each GPU of "
                           "this machine and what stands in its way. Every line is a comment: "
                           "nothing changes until some are uncommented.",
                .run = verb_suggest,
        },
        {
                .name = "cat-config",
                .arguments = "[NAME]",
                .most = 1,
                .candidates = CANDIDATES_INSTANCE,
                .group = VERB_FILES,
                .needs = NEED_CONFIG,
                .help = "the merged configuration, and where each value is from",
                .details = "Prints the configuration of the host, or of one instance or "
                           "profile, as it is after masking and merging, with the file and line "
                           "of each value.",
                .run = verb_cat_config,
        },
        {
                .name = "capture",
                .arguments = "[FILE]",
                .most = 1,
                .candidates = CANDIDATES_FILE,
                .group = VERB_FILES,
                .parts = MACHINE_ALL,
                .needs = NEED_CAPTURE | NEED_CONFIG | NEED_MACHINE | SAY_UNSEEN,
                .help = "this machine's facts as text, for --root= and reports",
                .details = "Writes what gpuhost reads of this machine as text, to standard "
                           "output or to FILE, without serial numbers, UUIDs, hardware "
                           "addresses and secrets. gpuhost --root=FILE looks at it as if it "
                           "were the machine.",
                .run = verb_capture,
        },
        {
                .name = "help",
                .arguments = "[VERB]",
                .most = 1,
                .candidates = CANDIDATES_VERB,
                .group = VERB_HELP,
                .help = "explain gpuhost, or one verb",
                .details = "Explains gpuhost, or one verb.",
                .run = verb_help,
        },
        {
                .name = "boot-ok",
                .arguments = "",
                .hidden = true,
                .group = VERB_CHANGING,
                .parts = MACHINE_BOOT | MACHINE_ARGUMENTS,
                .needs = NEED_MACHINE,
                .help = "this boot came up, for gpuhost-boot-ok.service",
                .details = "",
                .run = verb_boot_ok,
        },
        {
                .name = "complete",
                .arguments = "WORD...",
                .most = UINT32_MAX,
                .hidden = true,
                .group = VERB_HELP,
                .help = "candidates for the last word, for shells",
                .details = "",
                .run = verb_complete,
        },
};
/* clang-format on */

const size_t n_verbs = ARRAY_SIZE(verbs);

const Verb *verb_find(const char *name)
{
        for (size_t i = 0; i < n_verbs; i++)
                if (streq(verbs[i].name, name))
                        return verbs + i;
        return NULL;
}
