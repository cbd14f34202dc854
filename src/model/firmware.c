// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/firmware.h"

void firmware_descriptor_done(FirmwareDescriptor *descriptor)
{
        free(descriptor->file);
        free(descriptor->code);
        free(descriptor->vars);
        str_list_done(&descriptor->machines);
        *descriptor = (FirmwareDescriptor){};
}

void firmware_list_done(FirmwareList *list)
{
        for (size_t i = 0; i < list->n; i++)
                firmware_descriptor_done(list->items + i);
        free(list->items);
        str_list_done(&list->wrong);
        *list = (FirmwareList){};
}
