/** What befalls nodes. */
export const NODE_DEEDS = [
  'Cordon',
  'Uncordon',
  'NotReady',
  'Ready',
  'Taint',
  'Untaint',
  'Delete',
  'New',
] as const;
export type NodeDeed = (typeof NODE_DEEDS)[number];
