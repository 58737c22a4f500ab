/** Folders of the system, where it has them. */
export const SYSTEM = [
  '/usr',
  '/bin',
  '/sbin',
  '/lib',
  '/lib32',
  '/lib64',
  '/libx32',
  '/nix/store',
  '/gnu/store',
] as const;

/** What programs read of /etc: names, certificates, the loader's. Nothing with a secret in it. */
export const ETC = [
  '/etc/alternatives',
  '/etc/bash.bashrc',
  '/etc/ca-certificates',
  '/etc/crypto-policies',
  '/etc/debian_version',
  '/etc/group',
  '/etc/gai.conf',
  '/etc/host.conf',
  '/etc/hosts',
  '/etc/inputrc',
  '/etc/ld.so.cache',
  '/etc/ld.so.conf',
  '/etc/ld.so.conf.d',
  '/etc/locale.alias',
  '/etc/localtime',
  '/etc/magic',
  '/etc/mime.types',
  '/etc/nsswitch.conf',
  '/etc/os-release',
  '/etc/passwd',
  '/etc/pki/ca-trust',
  '/etc/pki/tls/certs',
  '/etc/profile',
  '/etc/protocols',
  '/etc/services',
  '/etc/shells',
  '/etc/ssl/cert.pem',
  '/etc/ssl/certs',
  '/etc/ssl/openssl.cnf',
  '/etc/terminfo',
  '/etc/timezone',
] as const;

/** What of /proc belongs to the machine and not to a process. */
export const PROC_READ_ONLY = [
  '/proc/sys',
  '/proc/fs',
  '/proc/bus',
  '/proc/irq',
  '/proc/acpi',
  '/proc/scsi',
] as const;

/** What of /proc tells of the kernel's memory or stops the machine. */
export const PROC_MASKED = [
  '/proc/kcore',
  '/proc/kmsg',
  '/proc/keys',
  '/proc/key-users',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/sysrq-trigger',
  '/proc/timer_list',
  '/proc/timer_stats',
] as const;
