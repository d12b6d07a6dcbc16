/**
 * The sh functions that find the clusters of a host. `pc_discover` prints one record a cluster: a line `cluster`, lines
 * `name=value`, a line `end` (read by parse-clusters.ts). As root it knows everything; as another account it knows what
 * /proc, /etc/postgresql and the sockets tell. Nothing that it finds is executed: a process of any account may call
 * itself postgres, and this runs as root.
 */
export const discoveryFunctions = String.raw`
pc_nl='
'
# FILE...: a few settings of configuration files, the last one wins.
pc_config_values() {
  awk '{ line = $0; sub(/^[ \t]+/, "", line); if (line !~ /^[A-Za-z_]/) next
    key = tolower(line); sub(/[ \t=].*/, "", key)
    if (key !~ /^(data_directory|hba_file|ident_file|port|unix_socket_directories|ssl|ssl_[a-z_]+|log_[a-z_]+|logging_collector)$/) next
    sub(/^[A-Za-z0-9_.]+[ \t]*=?[ \t]*/, "", line)
    if (substr(line, 1, 1) == "\047") {
      line = substr(line, 2); out = ""
      while (length(line)) {
        c = substr(line, 1, 1)
        if (c == "\047") { if (substr(line, 2, 1) != "\047") break; line = substr(line, 2) }
        out = out c; line = substr(line, 2)
      }
    } else { sub(/[ \t]*(#.*)?$/, "", line); out = line }
    value[key] = out }
    END { for (key in value) print key "=" value[key] }' "$@" 2>/dev/null
}
pc_reset() {
  c_data= c_config= c_hba= c_ident= c_port= c_sockets= c_first= c_exe= c_pid= c_owner= c_unit= c_origin=
}
# Sets pc_patroni to the arguments of running Patroni processes, one a line: among them its configuration file.
pc_patroni_files() {
  [ -z "$pc_patroni_known" ] || return 0
  pc_patroni_known=1
  for pc_dir in /proc/[0-9]*; do
    pc_comm=
    { read -r pc_comm <"$pc_dir/comm"; } 2>/dev/null
    case $pc_comm in patroni|python*) ;; *) continue ;; esac
    pc_value=$(tr '\000' '\n' <"$pc_dir/cmdline" 2>/dev/null)
    case $pc_value in patroni*|*/patroni*|*"$pc_nl"patroni*) pc_patroni=$pc_patroni$pc_nl$pc_value ;; esac
  done
}
# As the server writes it: units of PGDG end the folder with a slash.
pc_plain_data() {
  while :; do case $c_data in ?*/) c_data=\${c_data%/} ;; *) return 0 ;; esac; done
}
# Fills what is still empty from the configuration, then prints the record.
pc_emit_cluster() {
  [ -n "$c_config" ] || { [ -n "$c_data" ] && c_config=$c_data/postgresql.conf; }
  f_data= f_hba= f_ident= f_port= f_sockets=
  while IFS= read -r pc_line; do
    case $pc_line in
      data_directory=*) f_data=$(printf %s "$pc_line" | cut -d= -f2-) ;;
      hba_file=*) f_hba=$(printf %s "$pc_line" | cut -d= -f2-) ;;
      ident_file=*) f_ident=$(printf %s "$pc_line" | cut -d= -f2-) ;;
      port=*) f_port=$(printf %s "$pc_line" | cut -d= -f2-) ;;
      unix_socket_directories=*) f_sockets=$(printf %s "$pc_line" | cut -d= -f2-) ;;
    esac
  done <<PC_END
$(set -- "$c_config"; [ -r "\${c_data:-/nowhere}/postgresql.auto.conf" ] && set -- "$@" "$c_data/postgresql.auto.conf"; pc_config_values "$@")
PC_END
  [ -n "$c_data" ] || c_data=$f_data
  pc_plain_data
  case $c_data in ''|/*) ;; *) return 0 ;; esac
  case $pc_seen in *"$pc_nl$c_data$pc_nl"*) return 0 ;; esac
  pc_seen="$pc_seen$pc_nl$c_data$pc_nl"
  [ -n "$c_hba" ] || c_hba=\${f_hba:-$c_data/pg_hba.conf}
  [ -n "$c_ident" ] || c_ident=\${f_ident:-$c_data/pg_ident.conf}
  [ -n "$c_port" ] || c_port=\${f_port:-5432}
  [ -n "$c_sockets" ] || c_sockets=$f_sockets
  if [ -z "$c_sockets" ]; then
    for pc_dir in /var/run/postgresql /run/postgresql /tmp; do
      [ -S "$pc_dir/.s.PGSQL.$c_port" ] && { c_sockets=$pc_dir; break; }
    done
  fi
  [ -n "$c_owner" ] || c_owner=$(stat -c %U -- "$c_data" 2>/dev/null || stat -c %U -- "$c_config" 2>/dev/null)
  c_version=$(head -c 12 -- "$c_data/PG_VERSION" 2>/dev/null | head -n 1)
  # What rewrites the whole configuration at once. Marks of Ansible and the like are read in each file itself.
  c_managed=
  case $(head -qn 25 -- "$c_config" "$c_hba" 2>/dev/null | tr 'A-Z' 'a-z') in
    *'overwritten by patroni'*) c_managed=Patroni ;; *cloudnativepg*) c_managed=CloudNativePG ;;
  esac
  if [ -z "$c_managed" ] && [ -n "$c_data" ]; then
    if [ -f "$c_data/patroni.dynamic.json" ]; then c_managed=Patroni
    else
      pc_patroni_files
      while IFS= read -r pc_line; do
        [ -n "$pc_line" ] && [ -f "$pc_line" ] && grep -qsF -- "$c_data" "$pc_line" && c_managed=Patroni
      done <<PC_END
$pc_patroni
PC_END
    fi
  fi
  c_name=
  case $c_config in /etc/postgresql/*/*/postgresql.conf)
    c_name=\${c_config#/etc/postgresql/}; c_name=\${c_name%/postgresql.conf} ;;
  esac
  c_bin=
  case $c_exe in /*) c_bin=\${c_exe%/*} ;; esac
  if [ -z "$c_bin" ]; then
    for pc_dir in "/usr/lib/postgresql/\${c_version:-\${c_name%%/*}}/bin" "/usr/pgsql-$c_version/bin" /usr/bin /usr/local/bin; do
      [ -x "$pc_dir/postgres" ] && { c_bin=$pc_dir; break; }
    done
  fi
  c_psql=
  if [ -x "$c_bin/psql" ]; then c_psql=$c_bin/psql; else c_psql=$(command -v psql 2>/dev/null); fi
  if [ -z "$c_unit" ] && [ -z "$c_pid" ] && [ -d /run/systemd/system ]; then
    if [ -n "$c_name" ]; then c_unit="postgresql@\${c_name%%/*}-\${c_name#*/}.service"
    else for pc_dir in /etc /usr/lib /lib; do
      for pc_unit in "postgresql-$c_version.service" postgresql.service; do
        [ -z "$c_unit" ] && [ -f "$pc_dir/systemd/system/$pc_unit" ] && c_unit=$pc_unit
      done; done
    fi
  fi
  c_databases=$(ls "$c_data/base" 2>/dev/null | grep -c '^[0-9]')
  printf 'cluster\n'
  for pc_key in name databases data config hba ident port sockets first exe pid owner unit origin version managed bin psql; do
    eval "pc_value=\$c_$pc_key"
    case $pc_value in *"$pc_nl"*) pc_value= ;; esac
    printf '%s=%s\n' "$pc_key" "$pc_value"
  done
  printf 'end\n'
}
# PID: one running postmaster.
pc_process() {
  pc_reset
  c_pid=$1 c_origin=process
  pc_here=$(readlink /proc/self/ns/mnt 2>/dev/null) pc_there=$(readlink "/proc/$1/ns/mnt" 2>/dev/null)
  [ -z "$pc_there" ] || [ "$pc_here" = "$pc_there" ] || return 0
  c_owner=$(stat -c %U "/proc/$1" 2>/dev/null)
  c_exe=$(readlink "/proc/$1/exe" 2>/dev/null)
  pc_want=
  while IFS= read -r pc_arg; do
    [ -n "$c_exe" ] || c_exe=$pc_arg
    case $pc_want in
      D) c_data=$pc_arg ;; p) c_port=$pc_arg ;; k) c_sockets=$pc_arg ;;
    esac
    case $pc_want in c) pc_arg=--$pc_arg ;; esac
    pc_want=
    case $pc_arg in
      -D) pc_want=D ;; -p) pc_want=p ;; -k) pc_want=k ;; -c) pc_want=c ;;
      -D*) c_data=\${pc_arg#-D} ;; -p[0-9]*) c_port=\${pc_arg#-p} ;; -k/*) c_sockets=\${pc_arg#-k} ;;
      -c*) pc_arg=--\${pc_arg#-c} ;;
    esac
    case $pc_arg in
      --config[_-]file=*) c_config=\${pc_arg#*=} ;; --hba[_-]file=*) c_hba=\${pc_arg#*=} ;;
      --ident[_-]file=*) c_ident=\${pc_arg#*=} ;; --port=*) c_port=\${pc_arg#*=} ;;
      --data[_-]directory=*) c_data=\${pc_arg#*=} ;;
      --unix[_-]socket[_-]directories=*) c_sockets=\${pc_arg#*=} ;;
    esac
  done <<PC_END
$(tr '\000' '\n' <"/proc/$1/cmdline" 2>/dev/null)
PC_END
  pc_plain_data
  pc_data=$(readlink "/proc/$1/cwd" 2>/dev/null)
  if [ -z "$c_config" ] && [ -n "$c_data" ] && [ -r "$c_data/postgresql.conf" ]; then c_config=$c_data/postgresql.conf; fi
  if [ -n "$pc_data" ] && [ "$pc_data" != / ]; then c_data=$pc_data; fi
  if [ -r "\${c_data:-/nowhere}/postmaster.pid" ]; then
    { read -r pc_line; read -r pc_line; read -r pc_line; read -r pc_line && c_port=$pc_line
      read -r pc_line && case $pc_line in /*) c_first=$pc_line ;; esac; } <"$c_data/postmaster.pid"
  fi
  while IFS= read -r pc_line; do
    case $pc_line in
      *docker*|*containerd*|*kubepods*|*libpod*) return 0 ;;
      0::*.service|*name=systemd:*.service) c_unit=\${pc_line##*/} ;;
    esac
  done <"/proc/$1/cgroup" 2>/dev/null
  pc_emit_cluster
}
pc_discover() {
  pc_seen= pc_patroni= pc_patroni_known=
  for pc_proc in /proc/[0-9]*; do
    pc_comm=
    { read -r pc_comm <"$pc_proc/comm"; } 2>/dev/null
    case $pc_comm in postgres|postmaster) ;; *) continue ;; esac
    # A server process of a session has its title there: "postgres: shop app ...". No fork: there may be hundreds.
    pc_line=
    { read -r pc_line <"$pc_proc/cmdline"; } 2>/dev/null
    case $pc_line in ''|postgres:*) continue ;; esac
    pc_process "\${pc_proc#/proc/}"
  done
  for pc_conf in /etc/postgresql/*/*/postgresql.conf; do
    [ -f "$pc_conf" ] || continue
    pc_reset; c_config=$pc_conf c_origin=pg_lsclusters
    pc_emit_cluster
  done
  for pc_dir in /var/lib/pgsql/data /var/lib/pgsql/*/data /var/lib/postgres/data; do
    [ -f "$pc_dir/PG_VERSION" ] || continue
    pc_reset; c_data=$pc_dir c_origin=layout
    pc_emit_cluster
  done
  awk '$NF ~ /^\/.*\/\.s\.PGSQL\.[0-9]+$/ && $4 == "00010000" { print "socket=" $NF }' /proc/net/unix 2>/dev/null | sort -u
}
`.replaceAll('\\${', '${');
