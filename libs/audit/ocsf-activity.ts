/** What an action is to OCSF: a class of events, and an activity of that class. */
export type OcsfActivity = Readonly<{
  class_uid: 3001 | 3002 | 3003 | 6003;
  class_name: string;
  category_uid: 3 | 6;
  category_name: string;
  activity_id: number;
  activity_name: string;
}>;

type OcsfClass = Omit<OcsfActivity, 'activity_id' | 'activity_name'>;
type Activity = readonly [id: number, name: string];

const IAM = { category_uid: 3, category_name: 'Identity & Access Management' } as const;
const ACCOUNT_CHANGE: OcsfClass = { class_uid: 3001, class_name: 'Account Change', ...IAM };
const AUTHENTICATION: OcsfClass = { class_uid: 3002, class_name: 'Authentication', ...IAM };
const AUTHORIZE_SESSION: OcsfClass = { class_uid: 3003, class_name: 'Authorize Session', ...IAM };
const API_ACTIVITY: OcsfClass = {
  class_uid: 6003,
  class_name: 'API Activity',
  category_uid: 6,
  category_name: 'Application Activity',
};

const OTHER = 99;
const LOGON: Activity = [1, 'Logon'];
const LOGOFF: Activity = [2, 'Logoff'];
const CREATE: Activity = [1, 'Create'];
const READ: Activity = [2, 'Read'];
const UPDATE: Activity = [3, 'Update'];
const DELETE: Activity = [4, 'Delete'];

/** Actions that are one activity of one class, whatever else begins like them. */
const EXACT: ReadonlyMap<string, readonly [OcsfClass, Activity]> = new Map([
  ['auth.logout', [AUTHENTICATION, LOGOFF]],
  ['auth.reset', [ACCOUNT_CHANGE, [4, 'Password Reset']]],
  ['session.end', [AUTHENTICATION, LOGOFF]],
  ['session.create', [AUTHORIZE_SESSION, [1, 'Assign Privileges']]],
  ['user.create', [ACCOUNT_CHANGE, CREATE]],
  ['user.enable', [ACCOUNT_CHANGE, [2, 'Enable']]],
  ['user.password', [ACCOUNT_CHANGE, [3, 'Password Change']]],
  ['user.password-reset', [ACCOUNT_CHANGE, [4, 'Password Reset']]],
  ['user.reset-password', [ACCOUNT_CHANGE, [4, 'Password Reset']]],
  ['user.disable', [ACCOUNT_CHANGE, [5, 'Disable']]],
  ['user.delete', [ACCOUNT_CHANGE, [6, 'Delete']]],
]);

/** Ways to sign in, as the part of the action after `auth.`. The other actions of `auth` are of no kind OCSF names. */
const SIGN_INS = /^auth\.(local|oidc|google|github|ci|token|device|setup)\b/;

const ACCOUNTS = /^(user|role|token|device)s?\./;

/** Verbs that tell what becomes of a thing; the last part of an action. */
const VERBS: ReadonlyMap<string, Activity> = new Map([
  ...verbs(CREATE, 'create submit enroll install publish issue put start'),
  ...verbs(READ, 'read read-own get list show watch events replay export query check explain test verify'),
  ...verbs(
    UPDATE,
    'update change set reset write cancel pause resume approve deny trust lease report rebuild',
  ),
  ...verbs(UPDATE, 'requeue roles renew lose-attempt'),
  ...verbs(DELETE, 'delete remove revoke end'),
]);

function verbs(activity: Activity, names: string): readonly (readonly [string, Activity])[] {
  return names.split(' ').map((name) => [name, activity] as const);
}

/** The class and activity of an action. Total: what nobody foresaw is an API activity of another kind, under its own name. */
export function activityOf(action: string): OcsfActivity {
  const exact = EXACT.get(action);
  if (exact) return of(...exact);
  const verb = VERBS.get(action.slice(action.lastIndexOf('.') + 1));
  if (action.startsWith('auth.')) return of(AUTHENTICATION, SIGN_INS.test(action) ? LOGON : [OTHER, action]);
  if (ACCOUNTS.test(action) && verb !== READ) return of(ACCOUNT_CHANGE, [OTHER, action]);
  return of(API_ACTIVITY, verb ?? [OTHER, action]);
}

const of = (known: OcsfClass, [activity_id, activity_name]: Activity): OcsfActivity => ({
  ...known,
  activity_id,
  activity_name,
});
