/** Seeds that once failed, each with what it was. What a seed stands for changes when the generators
 * do: then it is one seed more, and what it found is in a unit test beside the code. */
export const REGRESSIONS: Record<number, string> = {
  24: 'Services of each version stayed for good when their Release was deleted with --cascade=orphan',
  69: 'a candidate that lost its traffic with its readiness went without its drain time',
  91: 'a stable set that somebody deleted was not made anew, since its Deployment was held',
  97: 'the old version went though somebody had deleted the new one while it drained',
  153: 'a Deployment whose set was deleted was never held again',
  1328: 'a release hung when the Deployment behind a pinned Service was deleted on the way back',
  5230: 'two controllers by mistake wrote a route in turns: the bound on writes is for one',
  5233: 'a candidate whose weight was not written before a kill went without its drain time',
  7501: 'checks measured before the bake began passed it, after an answer was lost',
  7502: 'a release that waited for an approval said that it waited for pods',
  7574: 'a template that was taken back was started when the running set was deleted',
  7582: 'two controllers: one passed a gate with what it had measured for the stage before',
  8122: 'the old version went at once when a restart sent traffic back that had been with it',
  30464: 'a set was made again and again for a Deployment that was gone, by a cache that lagged',
  50503: 'the old version was taken for gone while its set, made anew, had not counted its pods',
  100244:
    'a lagging cache had a set deleted again and again under a Deployment that was not paused',
  101166: 'Services made by one controller stayed, for a release that another had ended meanwhile',
  101446: 'a weight written just before a kill was taken for the work of somebody else',
  104148: 'a candidate was made for a release that had ended, by a controller cut off for a while',
  113432:
    'a candidate that shared the Service with a short stable went without stable having the rest',
  113486:
    'resumed in the middle of a swap back, the Deployment emptied stable, and nobody filled it',
  114007: 'two sets with pods beside an ended release were taken for a first deploy',
  122244:
    'a policy that went while a release of another controller ended left the Deployment paused',
  122385: 'after an outage an abort was not seen for half a minute',
  131740: 'a set started while the hold was lost stayed when the template had moved on since',
  151600: 'the old version went at once when it had taken the traffic over for a while',
  801158:
    'a stable set deleted on the way back was left to a release that had ended, and then deleted',
  824821:
    'a canary without a router waited for pods that an autoscaler asked for and that never came',
  830565:
    'two sets kept their pods when the Deployment had given some away before it was paused again',
  832671: 'an older set that Kubernetes filled kept a release from its swap',
  770007: 'a hold that was lost while the policy was not valid was not taken back',
};

/** Those of a strategy that is drawn only when it is asked for. */
export const REGRESSIONS_OF: Record<string, Record<number, string>> = {
  canary: {
    74000309:
      'stopped twice it heard of a Deployment after it had heard that it was deleted: right',
    73000083:
      'with the answer to its first share lost it took the route for taken back, and was given up',
    60003018:
      'without its policy it was let go and held again without end while a webhook at the end was not answered',
    60004426:
      'what was taken back went a moment after the set of stable was deleted, before that was heard: right',
    60000256: 'promoted while its sets changed places within a stage, that stage was passed: right',
    33000414:
      'what users have was filled again and again under a Deployment that was not paused any more',
    17008426: 'by pods, a stage left before its window shut was told of with its swap, after that',
    15000634:
      'what was promoted, deleted at the very end, was not given back when it had been made anew',
    15000205: 'the traffic was moved on after the window had shut, since the pods took their time',
    14000315: 'resumed while it waited, a swap put a strategy back that was not its user’s',
    13000550: 'resumed twice, with its old set empty, it waited for ever for pods nobody made',
    13000647: 'weight written by one that did not know of the way back left no time to drain',
    5010982: 'its route deleted and the controller killed, pods that had traffic did not drain',
    5000072: 'ready pods of a candidate went while they were nearly all behind the Service',
    8000497: 'a set made smaller than it was wanted, and as large as it was, was taken for a loss',
  },
  pair: {
    14322521:
      'a weight written before the status told of it and put back since its pods were lost left no drain',
    17009341:
      'a check and a smoke test that both failed paused it in turns, each time with an event',
    16000204:
      'its live one, resumed and held again in the middle of a rollout, stayed there for ever',
    13000040: 'a Job was left over where the server could not be reached as its release ended',
    9100313: 'with no pods in the live one it waited for a swap that a pair does not have',
  },
  abTest: {
    40282: 'a stage counted within the millisecond in which its weight was taken up: right',
    60005747:
      'what was taken back went while it answered behind the Service with a stable too small',
    60004523: 'stable that had no pods for longer than the deadline was not waited for: right',
    17003084: 'what was taken back went while the set of stable, which was deleted, was made anew',
    17002847: 'a Service that was gone was deleted at every look, while its watch was behind',
    9100170: 'resumed and its set deleted, it was let go as if nothing ran while a rollout began',
    10000246: 'resumed while Segue was down at its end, it stayed with the pods of both versions',
  },
  blueGreen: {
    10400118:
      'two controllers: one counted the drain time from a moment before the other had written it',
    17009497:
      'a Job after a release was cut off, and run again, when a newer template came while it ran',
    13000323: 'resumed, a Recreate Deployment filled an older set, and users had nobody',
    9000064: 'a Job before a release ran twice: its window had shut while it ran',
    9100009: 'a Job after a release ran twice: checks were measured anew after a restart',
  },
  rolling: {
    60004666:
      'given up since its old set was deleted, the Deployment controller filled the empty new one in its place',
    60007654:
      'what had just been promoted was made anew, and was let go with its release instead of given to its Deployment',
    60009799:
      'what had just been promoted was made anew, and what had taken its place was waited for without end',
    60001751:
      'taken back just when its last old pod began to go, it went on by a status that still counted that pod',
    60003875: 'a set made anew beside what had taken its place belonged to a release that was over',
    17008288:
      'scaled up and down at once: the Deployment controller shares out by numbers of two moments',
    17004655:
      'going back to a version none of whose pods was ready it waited, and said nothing to do',
    16000947: 'a set that was deleted while a rolling release waited was not made anew',
    6100679: 'taken back as its old set was deleted, it ended with the new version in its place',
    6201990: 'scaled down in the middle of a move with nobody there, no pod was left to serve',
    6202171: 'new pods went by a count of old ones from before those went',
  },
  stateful: {
    11391814: 'what people let out by the partition is what users have, once it is held again',
    33000449: 'let go while the watch of its revisions was behind, it was left held',
    32000153: 'pods beyond its size kept a newer template waiting, and nothing said so',
    9501925: 'scaled down as it was promoted, it waited for ever for a pod of the old version',
    9501984: 'by a cache of pods that lagged one pod was deleted again and again',
    9510114: 'a version whose ControllerRevision was deleted was left running after an abort',
    48: 'held again after three releases, it was taken for one that others resume again and again',
    9502423: 'its pods waited for ever to go back to a version whose pods do not become ready',
    9530260: 'by its template, they waited for ever for a pod that does not become ready',
    9500893: 'the policy deleted as the answer to its hold was lost, the StatefulSet stayed held',
    9500638: 'a Retry that was answered a moment ago tried the template once more',
    21000419: 'a newer template before its controller had counted its pods left it in between',
    21001194:
      'scaled up as its last pod moved, pods were deleted that came again with the new version',
    9500117: 'its partition written as the policy went, it kept what Segue had put on it',
  },
  daemon: {
    32000333: 'what its user withdrew before Segue wrote anything in its place was released',
    2010: 'written on the way back that its user had begun, a template was dropped',
    31000015:
      'what a user wrote on the way back came up where pods were still to come, without stages',
    2090: 'a Retry of what had come up on every node, while its hold was lost, was never answered',
    556: 'each time something happened it asked all of a batch again, that a budget had refused',
    557: 'what a user wrote on a long way back was dropped at its end, and not released',
    90: 'long on its way back, it asked a budget that refuses fifty times a second',
    419: 'taken back on its only node, what was taken back was taken for what users have',
  },
  statefulCanary: {
    2499098:
      'frozen while a pod became ready, it was held to know of it when it took pods back: right',
    14322478: 'the next release took a pod while the one that went back last did not serve yet',
    3453119: 'pods beyond a smaller size kept it from going back, and nobody was told',
    31001439:
      'given up before its controller had seen the hold, a pod came with the version taken back',
    31000335: 'pods beyond the last, which were going, kept it held when its policy went',
    22000036: 'a template tried again with success stayed rejected, and one more Retry unanswered',
  },
  statefulRoute: {
    2499088:
      'a Service that was deleted and made again got requests before its new target group was known',
    40090:
      'on the way back one of three pods was left with all of the traffic while an old one came',
    33000334: 'a pod of what was promoted started anew when its Release had been deleted: right',
    33000992: 'on the way back a route sent some to new pods that a smaller target had lost',
    32000029: 'the last new pod with all the traffic went before the old one that came was ready',
    31000517:
      'on the way back the pod with all the traffic went before a Service knew the old ones',
    9: 'paused on the way to a stage the route went on to what the stage says, with one of three pods',
    51: 'given up since a new pod did not serve, the template was put back before the traffic had left',
    461: 'a newer template whose ControllerRevision somebody deleted was never released',
    603: 'a Retry of a version whose ControllerRevision somebody deleted was never answered',
    263: 'a pod below the partition that was not ready was deleted, and came again the same, for ever',
    24000016: 'on the way to a stage the route went on past a window that was shut',
    24000097: 'a route was sent back and forth while the only new pod was lost',
  },
  recreate: {
    60007051:
      'let go by Segue itself when all that ran was deleted, it was said to be resumed by somebody',
    4881733:
      'a Job whose end went with its Release, which a person deleted, is run anew: that is right',
    17000742:
      'what somebody let begin before it waited was its own, and nobody filled or emptied it',
    17009175: 'resumed at its very end it waited for ever for a swap that a recreate does not have',
    6000175: 'a template written on the way back ran, and the Deployment was let go with it',
    6100587: 'resumed again and again, it waited for ever for the template of its user',
    6200089: 'paused by a person, it made no pods for a set that had been deleted',
    6200183:
      'an empty set was made again and again for a controller that had not seen its template',
    6200470: 'an empty set was made again and again beside one that somebody else had started',
    6320126: 'after an outage old pods were started by a count of new ones from before it',
    7020474: 'given up while its template was another for a moment, it was tried again at once',
  },
};

/** Those of other routes than HTTPRoutes, by the route, then by the strategy. */
export const REGRESSIONS_BY: Record<string, Record<string, Record<number, string>>> = {
  any: {
    configured: {
      60001494:
        'given up before its Service was there again, it left its subsets in a DestinationRule',
    },
  },
  istioSubsets: {
    canary: {
      63000208:
        'its DestinationRule deleted in the moment in which the route was led to the subsets: right',
      23: 'with its DestinationRule deleted half way users had nobody, and the release hung',
    },
  },
  alb: {
    canary: {
      5: 'the text of an action of its user’s was written anew while the release waited to begin',
    },
    statefulRoute: {
      23: 'with a long settle time new pods kept what the old ones could take again on the way back',
    },
  },
};
