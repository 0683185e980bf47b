# Each step of action.yml reads this first. Other steps, and the values of another vault among them, may have set any variable for
# the job: those that are not named here are dropped, since each release of git, node or a shell may obey one more. HOME stays, for
# git's safe.directory; what GITHUB_ and RUNNER_ name is the runner's.
for name in $(compgen -e); do
  case $name in
  KEY | EXPORT | FILE | CHECK | ENVIRONMENT | RANGE | PIN | SARIF | SAFE_PATH | NODE) ;;
  GITHUB_* | RUNNER_* | CI | HOME | LANG | PATH | TMPDIR) ;;
  SYSTEMROOT | SystemRoot | WINDIR | windir | TEMP | TMP | USERPROFILE | APPDATA | LOCALAPPDATA | PROGRAMDATA | ProgramData) ;;
  *) unset "$name" 2>/dev/null || export -n "$name" ;;
  esac
done
