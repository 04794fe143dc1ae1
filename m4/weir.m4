# WEIR_CFLAG(VARIABLE, FLAG)
# Adds FLAG to VARIABLE when the compiler takes it without a word.
AC_DEFUN([WEIR_CFLAG], [
  AS_VAR_PUSHDEF([cached], [weir_cv_cflag_$2])
  AC_CACHE_CHECK([whether $CC takes $2], [cached], [
    weir_saved="$CFLAGS"
    CFLAGS="$CFLAGS -Werror $2"
    AC_COMPILE_IFELSE([AC_LANG_PROGRAM()],
      [AS_VAR_SET([cached], [yes])], [AS_VAR_SET([cached], [no])])
    CFLAGS="$weir_saved"
  ])
  AS_VAR_IF([cached], [yes], [$1="$$1 $2"])
  AS_VAR_POPDEF([cached])
])

# WEIR_CFLAGS(VARIABLE, FLAGS)
AC_DEFUN([WEIR_CFLAGS], [m4_foreach_w([flag], [$2], [WEIR_CFLAG([$1], m4_defn([flag]))])])

# WEIR_LDFLAG(VARIABLE, FLAG)
# Adds FLAG to VARIABLE when a program links with it.
AC_DEFUN([WEIR_LDFLAG], [
  AS_VAR_PUSHDEF([cached], [weir_cv_ldflag_$2])
  AC_CACHE_CHECK([whether the linker takes $2], [cached], [
    weir_saved="$LDFLAGS"
    weir_saved_cflags="$CFLAGS"
    LDFLAGS="$LDFLAGS $2"
    CFLAGS="$CFLAGS -fPIE -Werror"
    AC_LINK_IFELSE([AC_LANG_PROGRAM()],
      [AS_VAR_SET([cached], [yes])], [AS_VAR_SET([cached], [no])])
    LDFLAGS="$weir_saved"
    CFLAGS="$weir_saved_cflags"
  ])
  AS_VAR_IF([cached], [yes], [$1="$$1 $2"])
  AS_VAR_POPDEF([cached])
])

# WEIR_NEED(PREFIX, MODULE AND VERSION, DEBIAN PACKAGE)
# A library weir cannot do without; an error names the package that has it.
AC_DEFUN([WEIR_NEED], [
  PKG_CHECK_MODULES([$1], [$2], [], [
    AC_MSG_ERROR([$2 is missing. On Debian: apt-get install $3])
  ])
])

# WEIR_SANITIZERS(LIST)
# Checks the words of --enable-sanitizers and turns them into SANITIZER_FLAGS.
AC_DEFUN([WEIR_SANITIZERS], [
  weir_thread=no
  weir_memory=no
  for weir_word in `echo "$1" | tr ',' ' '`; do
    AS_CASE([$weir_word],
      [address], [weir_memory=yes],
      [undefined], [],
      [thread], [weir_thread=yes],
      [AC_MSG_ERROR([--enable-sanitizers=$1: "$weir_word" is none of address, undefined, thread])])
  done
  AS_IF([test $weir_thread = yes && test $weir_memory = yes],
    [AC_MSG_ERROR([--enable-sanitizers=$1: address and thread exclude each other])])
  SANITIZER_FLAGS="-fsanitize=$1 -fno-sanitize-recover=all -fno-omit-frame-pointer"
  AC_MSG_CHECKING([whether $CC links with -fsanitize=$1])
  weir_saved="$CFLAGS"
  CFLAGS="$CFLAGS $SANITIZER_FLAGS"
  AC_LINK_IFELSE([AC_LANG_PROGRAM()], [AC_MSG_RESULT([yes])], [
    AC_MSG_RESULT([no])
    AC_MSG_ERROR([$CC has no runtime for these sanitizers. On Debian: apt-get install gcc (or clang and libclang-rt-14-dev)])
  ])
  CFLAGS="$weir_saved"
])
