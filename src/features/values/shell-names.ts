/**
 * Names that bash, zsh, ksh or fish keep for themselves: an assignment fails (in zsh and fish it ends the whole eval), has no
 * effect, or does something else, as `path` in zsh takes PATH's place and `UID` makes root another user.
 */
const KEPT = new Set(
  `
  BASHOPTS BASHPID BASH_ALIASES BASH_ARGC BASH_ARGV BASH_CMDS BASH_COMMAND BASH_LINENO BASH_SOURCE BASH_SUBSHELL BASH_VERSINFO
  DIRSTACK EPOCHREALTIME EPOCHSECONDS EUID FUNCNAME GROUPS HISTCMD LINENO PPID RANDOM SECONDS SHELLOPTS SRANDOM UID _

  ARGC EGID ERRNO GID HISTCHARS KEYBOARD_HACK TRY_BLOCK_ERROR TRY_BLOCK_INTERRUPT TTYIDLE USERNAME WATCH ZSH_EVAL_CONTEXT ZSH_SUBSHELL
  aliases argv builtins cdpath commands dirstack dis_aliases dis_builtins dis_functions dis_functions_source dis_galiases dis_patchars
  dis_reswords dis_saliases epochtime errnos fignore fpath funcfiletrace funcsourcetrace funcstack functions functions_source functrace
  galiases histchars history historywords jobdirs jobstates jobtexts keymaps langinfo mailpath manpath mapfile module_path modules
  nameddirs options parameters patchars path pipestatus psvar reswords saliases signals status sysparams termcap terminfo userdirs
  usergroups watch widgets zsh_eval_context zsh_scheduled_events

  KSHEGID KSHGID KSHUID KSH_VERSION PGRP PIPESTATUS USER_ID

  FISH_VERSION PWD SHLVL fish_function_path fish_kill_signal fish_killring fish_pid hostname status_generation umask version
  `
    .trim()
    .split(/\s+/),
);
/** A shell counts with these: any other value is lost, or fails. */
const COUNTED = new Set("COLUMNS FUNCNEST HISTSIZE JOBMAX KEYTIMEOUT LINES LISTMAX MAILCHECK OPTIND SAVEHIST TMOUT".split(" "));

/** The names that `shell` leaves out: some shell would not have the vault's value, or not go on. */
export function keptByShells(values: ReadonlyMap<string, string>): string[] {
  const isKept = (name: string, value: string) => KEPT.has(name) || (COUNTED.has(name) && !/^[1-9]\d{0,5}$/.test(value));
  return [...values].flatMap(([name, value]) => (isKept(name, value) ? [name] : [])).sort();
}
