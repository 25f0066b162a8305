#!/bin/sh
# Takes from the base image what a running service has no use of and an intruder might: package
# managers, Perl, pip, tests, and every program but Python, a shell and what one looks around with.
# The Dockerfiles run it in a stage of its own and copy what is left. The list of Debian's packages
# (dpkg's status) stays, since scanners of images read it.
set -eu
library=$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')
python3 -m pip uninstall --quiet --yes pip setuptools wheel
cd "$library"
rm -rf ensurepip idlelib lib2to3 pydoc_data tkinter turtledemo test config-*
find / -xdev \( -name apt -o -name 'apt-*' -o -name 'libapt-*' -o -name 'perl*' -o -name gconv \
  -o -name 'dpkg-*' -o -name python-wheels \) -prune -exec rm -rf {} +
rm -rf /var/lib/dpkg/info /var/cache/* /var/log/* /tmp/* /usr/local/bin/pip*
cd /usr/share
rm -rf bash-completion debconf doc info lintian locale man perl5 pixmaps zsh
doomed=
for program in /usr/bin/* /usr/sbin/*; do
  case ${program##*/} in
    sh | dash | cat | df | du | env | id | kill | ls | python*) ;;
    *) doomed="$doomed $program" ;;
  esac
done
# shellcheck disable=SC2086
rm -f $doomed
