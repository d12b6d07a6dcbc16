// `$` in front of a brace, which a template would take for its own.
const dollar = '$';

/**
 * Functions for the host that change files, part of the shell library.
 *
 * The folder of a file, or one above it, may belong to another account than ours: to the server's, which could be
 * hostile. It can swap every name there at any moment. So nothing is written, renamed over, removed or given rights by
 * a path: a script goes into the folder first and looks where it really is; new bytes are made in a folder that only
 * this account can write to; the rename out of it, to `..`, follows no link; rights are given to a second name of the
 * file in that folder, or to the folder `.`. See docs/decisions/0023.
 */
export const fileFunctions = String.raw`
# --- files: by folders that were looked at, never by a path ----------------------------------------------------------
if stat -c %a / >/dev/null 2>&1; then
  inode() { stat -c '%d:%i' "$1"; }
  links() { stat -c %h "$1"; }
else
  inode() { stat -f '%d:%i' "$1"; }
  links() { stat -f %l "$1"; }
fi
# go_to FOLDER: an absolute path without links. The program pwd asks the kernel; a shell's own pwd may remember.
go_to() {
  cd -P -- "$1" || return 1
  [ "$(env pwd -P; echo .)" = "$1
." ] && return 0
  echo "portcullis: $1 leads to another folder by now" >&2; return 1
}
# go_beside FILE: into its folder; then $name is its name there
go_beside() {
  folder=${dollar}{1%/*}; name=${dollar}{1##*/}
  [ -n "$folder" ] || folder=/
  go_to "$folder"
}
# go_private FILE: into a folder in the folder of FILE to which only this account can write. Others may look into it: a
# base backup that meets it must be able to read on.
go_private() {
  go_beside "$1" || return 1
  beside=$(inode .)
  [ -d ".portcullis-$ID" ] || mkdir -m 755 -- ".portcullis-$ID"
  if cd -P -- ".portcullis-$ID" && [ "$(inode ..)" = "$beside" ] &&
    [ -n "$(find . -prune -user "$(id -u)" ! -perm -020 ! -perm -002)" ]; then
    rm -f -- "./$name"; return 0
  fi
  echo "portcullis: $folder/.portcullis-$ID could not be made, or is somebody else's" >&2; return 1
}
leave() { rm -f -- "./$name"; cd -P .. && rmdir -- ".portcullis-$ID" 2>/dev/null; return 0; }
# tidy FILE: takes away what a killed script may have left beside it
tidy() (
  [ -d "$(dirname -- "$1")/.portcullis-$ID" ] || return 0
  go_private "$1" && leave
)
# plain FILE: bytes that run with nobody's rights
plain() {
  [ -f "$1" ] && [ ! -L "$1" ] && [ ! -u "$1" ] && [ ! -g "$1" ] && return 0
  echo "portcullis: $name is no plain file" >&2; return 1
}
# take_place, in the private folder: ./name becomes ../name. A file that is a mount of its own cannot be renamed over;
# then its bytes are written in place.
take_place() {
  fsync "./$name"
  if mv -f -- "./$name" .. 2>"$RUN/error"; then fsync ..; leave; return 0; fi
  if grep -qi 'resource busy$' "$RUN/error" &&
    dd if="./$name" of="../$name" oflag=nofollow conv=nocreat bs=65536 2>>"$RUN/error"; then
    touch -h -r "./$name" -- "../$name" 2>/dev/null; fsync "../$name"; leave; return 0
  fi
  cat "$RUN/error" >&2; leave; return 1
}
# expect FILE SHA: it must still be what the plan was made for; SHA - means that it must not exist
expect() {
  if [ "$2" = - ]; then
    [ ! -e "$1" ] && [ ! -L "$1" ] && return 0
    echo "portcullis: $1 exists by now" >&2; return 1
  fi
  [ -f "$1" ] || { echo "portcullis: $1 is gone" >&2; return 1; }
  [ "$(sha "$1")" = "$2" ] && return 0
  echo "portcullis: $1 was changed by somebody else meanwhile" >&2; return 1
}
# own SLOT SHA: bytes that this run is about to write, so that a rollback knows them from somebody else's
own() { mkdir -p "$RUN/own" && printf '%s\n' "$2" >>"$RUN/own/$1" && fsync "$RUN/own/$1"; }
# spare SLOT: somebody else was first, and the run wrote nothing: the file is none of its business
spare() { mark spared "$1"; return 1; }
# whole SHA, in the private folder: takes the bytes on standard input
whole() {
  cat >"./$name" && [ "$(sha "./$name")" = "$1" ] && return 0
  echo "portcullis: $folder/$name was not written whole" >&2; return 1
}
# rewrite FILE SHA: the new bytes come on standard input; owner, mode, ACL and SELinux context stay as they are
rewrite() (
  go_private "$1" || return 1
  cp -a -- "../$name" "./$name" && plain "./$name" && whole "$2" || { leave; return 1; }
  take_place
)
# write_file FILE SHA OWNER:GROUP MODE: the bytes come on standard input. An existing file keeps its ACL and context; a
# new one gets what its folder gives.
write_file() (
  go_private "$1" || return 1
  if [ -e "../$name" ] || [ -L "../$name" ]; then
    cp -a -- "../$name" "./$name" && plain "./$name" && chmod 600 "./$name" || { leave; return 1; }
  else : >"./$name"; fi
  whole "$2" && chown -- "$3" "./$name" && chmod -- "$4" "./$name" || { leave; return 1; }
  ! command -v restorecon >/dev/null 2>&1 || [ -e "../$name" ] || restorecon "./$name" 2>/dev/null
  take_place
)
remove_file() ( go_beside "$1" && rm -f -- "./$name" && fsync . )
# copy_of FILE COPY: bytes and all that belongs to them, of FILE itself and not of what its name leads to by now. What an
# earlier attempt left at COPY goes first: it may be a link, through which cp would write.
copy_of() ( go_beside "$1" && rm -f -- "$2" && cp -a -- "./$name" "$2" && plain "$2" || { rm -f -- "$2"; return 1; } )
# keep_copy N FILE: a byte copy with everything that belongs to it, or the knowledge that there was none
keep_copy() (
  mkdir -p "$RUN/backup" "$RUN/absent"
  if [ ! -e "$2" ] && [ ! -L "$2" ]; then : >"$RUN/absent/$1"; return; fi
  copy_of "$2" "$RUN/backup/$1" && go_beside "$2" && same "./$name" "$RUN/backup/$1" && fsync "$RUN/backup/$1" && return 0
  echo "portcullis: $2 could not be copied with all that belongs to it" >&2; return 1
)
# restore COPY FILE: FILE becomes what COPY is
restore() (
  go_private "$2" || return 1
  cp -a -- "$1" "./$name" && plain "./$name" || { leave; return 1; }
  take_place
)
# put_back N FILE
put_back() {
  tidy "$2"
  if [ -e "$RUN/absent/$1" ]; then
    [ -e "$2" ] || [ -L "$2" ] || return 0
    remove_file "$2" && say "removed $2"
    return
  fi
  same "$RUN/backup/$1" "$2" && return 0
  restore "$RUN/backup/$1" "$2" && same "$RUN/backup/$1" "$2" && say "put back $2"
}
# hold FILE: from here on $it is FILE and nothing else, whatever becomes of its name
hold() {
  go_beside "$1" || return 1
  it=.
  if [ -d "./$name" ] && [ ! -L "./$name" ]; then go_to "$1"; return; fi
  go_private "$1" || return 1
  it=./$name
  { ln -P -- "../$name" "$it" 2>/dev/null || ln -- "../$name" "$it"; } &&
    [ ! -L "$it" ] && [ ! -u "$it" ] && [ ! -g "$it" ] && [ "$(links "$it")" = 2 ] && return 0
  echo "portcullis: $1 has other names, or is not what it was" >&2
  leave; return 1
}
let_go() { [ "$it" = . ] || leave; }
# keep_rights N PATH, put_back_rights N PATH: mode, owner and ACL alone
keep_rights() (
  mkdir -p "$RUN/rights"
  hold "$2" || return 1
  rights "$it" >"$RUN/rights/$1" || { let_go; return 1; }
  ! command -v getfacl >/dev/null 2>&1 || getfacl -cp -- "$it" >"$RUN/rights/$1.acl" 2>/dev/null || rm -f "$RUN/rights/$1.acl"
  let_go
  fsync "$RUN/rights"
)
put_back_rights() (
  tidy "$2"
  [ "$(rights "$2")" = "$(cat "$RUN/rights/$1")" ] && [ ! -e "$RUN/rights/$1.acl" ] && return 0
  hold "$2" || return 1
  read -r old_mode old_user old_group <"$RUN/rights/$1"
  were=$(rights "$it")
  # chown may drop bits of the mode, so the mode comes last; without zeros in front chmod leaves a folder its setgid bit
  { [ "$(rights "$it" | cut -d' ' -f2-)" = "$old_user $old_group" ] || chown -- "$old_user:$old_group" "$it"; } &&
    chmod -- "00$old_mode" "$it" &&
    { [ ! -e "$RUN/rights/$1.acl" ] || ! command -v setfacl >/dev/null 2>&1 || setfacl -M "$RUN/rights/$1.acl" -- "$it"; } &&
    [ "$(rights "$it")" = "$(cat "$RUN/rights/$1")" ] && say "gave $2 its mode and owner back; they were $were"
  result=$?
  let_go
  return "$result"
)
# change_rights N PATH OWNER:GROUP MODE: from what keep_rights saw; an empty word leaves that as it is. Prints what it is.
change_rights() (
  hold "$2" || return 1
  if [ "$(rights "$it")" != "$(cat "$RUN/rights/$1")" ]; then
    echo 'portcullis: its mode or owner was changed by somebody else meanwhile' >&2; let_go; return 1
  fi
  mark given "$1"
  { [ -z "$3" ] || chown -- "$3" "$it"; } && { [ -z "$4" ] || chmod -- "00$4" "$it"; } && fsync "$it" && named_rights "$it"
  result=$?
  let_go
  return "$result"
)
`;
