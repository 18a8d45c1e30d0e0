using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Linux;

public static partial class Errno
{
    // Where two names share a number (EWOULDBLOCK, EDEADLOCK, ENOTSUP) the one that strace prints is listed.
    private static IEnumerable<(int Number, string Name)> Table() =>
    [
        (EPERM, nameof(EPERM)), (ENOENT, nameof(ENOENT)), (ESRCH, nameof(ESRCH)), (EINTR, nameof(EINTR)), (EIO, nameof(EIO)),
        (ENXIO, nameof(ENXIO)), (E2BIG, nameof(E2BIG)), (ENOEXEC, nameof(ENOEXEC)), (EBADF, nameof(EBADF)), (ECHILD, nameof(ECHILD)),
        (EAGAIN, nameof(EAGAIN)), (ENOMEM, nameof(ENOMEM)), (EACCES, nameof(EACCES)), (EFAULT, nameof(EFAULT)),
        (ENOTBLK, nameof(ENOTBLK)), (EBUSY, nameof(EBUSY)), (EEXIST, nameof(EEXIST)), (EXDEV, nameof(EXDEV)), (ENODEV, nameof(ENODEV)),
        (ENOTDIR, nameof(ENOTDIR)), (EISDIR, nameof(EISDIR)), (EINVAL, nameof(EINVAL)), (ENFILE, nameof(ENFILE)),
        (EMFILE, nameof(EMFILE)), (ENOTTY, nameof(ENOTTY)), (ETXTBSY, nameof(ETXTBSY)), (EFBIG, nameof(EFBIG)), (ENOSPC, nameof(ENOSPC)),
        (ESPIPE, nameof(ESPIPE)), (EROFS, nameof(EROFS)), (EMLINK, nameof(EMLINK)), (EPIPE, nameof(EPIPE)), (EDOM, nameof(EDOM)),
        (ERANGE, nameof(ERANGE)), (EDEADLK, nameof(EDEADLK)), (ENAMETOOLONG, nameof(ENAMETOOLONG)), (ENOLCK, nameof(ENOLCK)),
        (ENOSYS, nameof(ENOSYS)), (ENOTEMPTY, nameof(ENOTEMPTY)), (ELOOP, nameof(ELOOP)), (ENOMSG, nameof(ENOMSG)),
        (EIDRM, nameof(EIDRM)), (ECHRNG, nameof(ECHRNG)), (EL2NSYNC, nameof(EL2NSYNC)), (EL3HLT, nameof(EL3HLT)),
        (EL3RST, nameof(EL3RST)), (ELNRNG, nameof(ELNRNG)), (EUNATCH, nameof(EUNATCH)), (ENOCSI, nameof(ENOCSI)),
        (EL2HLT, nameof(EL2HLT)), (EBADE, nameof(EBADE)), (EBADR, nameof(EBADR)), (EXFULL, nameof(EXFULL)), (ENOANO, nameof(ENOANO)),
        (EBADRQC, nameof(EBADRQC)), (EBADSLT, nameof(EBADSLT)), (EBFONT, nameof(EBFONT)), (ENOSTR, nameof(ENOSTR)),
        (ENODATA, nameof(ENODATA)), (ETIME, nameof(ETIME)), (ENOSR, nameof(ENOSR)), (ENONET, nameof(ENONET)), (ENOPKG, nameof(ENOPKG)),
        (EREMOTE, nameof(EREMOTE)), (ENOLINK, nameof(ENOLINK)), (EADV, nameof(EADV)), (ESRMNT, nameof(ESRMNT)), (ECOMM, nameof(ECOMM)),
        (EPROTO, nameof(EPROTO)), (EMULTIHOP, nameof(EMULTIHOP)), (EDOTDOT, nameof(EDOTDOT)), (EBADMSG, nameof(EBADMSG)),
        (EOVERFLOW, nameof(EOVERFLOW)), (ENOTUNIQ, nameof(ENOTUNIQ)), (EBADFD, nameof(EBADFD)), (EREMCHG, nameof(EREMCHG)),
        (ELIBACC, nameof(ELIBACC)), (ELIBBAD, nameof(ELIBBAD)), (ELIBSCN, nameof(ELIBSCN)), (ELIBMAX, nameof(ELIBMAX)),
        (ELIBEXEC, nameof(ELIBEXEC)), (EILSEQ, nameof(EILSEQ)), (ERESTART, nameof(ERESTART)), (ESTRPIPE, nameof(ESTRPIPE)),
        (EUSERS, nameof(EUSERS)), (ENOTSOCK, nameof(ENOTSOCK)), (EDESTADDRREQ, nameof(EDESTADDRREQ)), (EMSGSIZE, nameof(EMSGSIZE)),
        (EPROTOTYPE, nameof(EPROTOTYPE)), (ENOPROTOOPT, nameof(ENOPROTOOPT)), (EPROTONOSUPPORT, nameof(EPROTONOSUPPORT)),
        (ESOCKTNOSUPPORT, nameof(ESOCKTNOSUPPORT)), (EOPNOTSUPP, nameof(EOPNOTSUPP)), (EPFNOSUPPORT, nameof(EPFNOSUPPORT)),
        (EAFNOSUPPORT, nameof(EAFNOSUPPORT)), (EADDRINUSE, nameof(EADDRINUSE)), (EADDRNOTAVAIL, nameof(EADDRNOTAVAIL)),
        (ENETDOWN, nameof(ENETDOWN)), (ENETUNREACH, nameof(ENETUNREACH)), (ENETRESET, nameof(ENETRESET)),
        (ECONNABORTED, nameof(ECONNABORTED)), (ECONNRESET, nameof(ECONNRESET)), (ENOBUFS, nameof(ENOBUFS)), (EISCONN, nameof(EISCONN)),
        (ENOTCONN, nameof(ENOTCONN)), (ESHUTDOWN, nameof(ESHUTDOWN)), (ETOOMANYREFS, nameof(ETOOMANYREFS)),
        (ETIMEDOUT, nameof(ETIMEDOUT)), (ECONNREFUSED, nameof(ECONNREFUSED)), (EHOSTDOWN, nameof(EHOSTDOWN)),
        (EHOSTUNREACH, nameof(EHOSTUNREACH)), (EALREADY, nameof(EALREADY)), (EINPROGRESS, nameof(EINPROGRESS)), (ESTALE, nameof(ESTALE)),
        (EUCLEAN, nameof(EUCLEAN)), (ENOTNAM, nameof(ENOTNAM)), (ENAVAIL, nameof(ENAVAIL)), (EISNAM, nameof(EISNAM)),
        (EREMOTEIO, nameof(EREMOTEIO)), (EDQUOT, nameof(EDQUOT)), (ENOMEDIUM, nameof(ENOMEDIUM)), (EMEDIUMTYPE, nameof(EMEDIUMTYPE)),
        (ECANCELED, nameof(ECANCELED)), (ENOKEY, nameof(ENOKEY)), (EKEYEXPIRED, nameof(EKEYEXPIRED)), (EKEYREVOKED, nameof(EKEYREVOKED)),
        (EKEYREJECTED, nameof(EKEYREJECTED)), (EOWNERDEAD, nameof(EOWNERDEAD)), (ENOTRECOVERABLE, nameof(ENOTRECOVERABLE)),
        (ERFKILL, nameof(ERFKILL)), (EHWPOISON, nameof(EHWPOISON)),
    ];
}
