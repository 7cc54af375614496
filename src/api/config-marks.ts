/** What is written about configuration, and where. Loads nothing, for the command line. */

/** On the pod template: the configuration that its pods were started with, so that another one is
 * another template, whatever the kind of the workload. */
export const CONFIG_ANNOTATION = 'segue.dev/config';

/** On a ConfigMap that `segue undo --with-config` wrote: who, when, from which release. */
export const PUT_BACK_ANNOTATION = 'segue.dev/put-back';

/** The digest of an object that is not there. */
export const ABSENT = 'absent';
