namespace ContainerPS.Cli.Verbs;

/// <summary><c>--help</c></summary>
internal static class HelpVerb
{
    private const string Text = """
        containerps: the OCI runtime of ContainerPS

        containerps [--root DIR] [--log FILE] [--log-format text|json] VERB [options] …

          create   [--bundle DIR] [--pid-file FILE] [--no-pivot] [--preserve-fds N] ID
          start    ID
          run      [--bundle DIR] [--pid-file FILE] [--detach] [--keep] [--no-pivot] [--preserve-fds N] ID
          state    ID
          kill     [--all] ID [SIGNAL]
          delete   [--force] ID…
          exec     [--process FILE] [--detach] [--pid-file FILE] [--cwd DIR] [--env NAME=VALUE] [--user UID[:GID]]
                   [--additional-gids GID] [--cap CAP] [--no-new-privs] [--preserve-fds N] ID COMMAND [ARGUMENT…]
          list     [--format table|json] [--quiet]
          ps       [--format table|json] ID
          pause    ID
          resume   ID
          update   [--resources FILE|-] [--memory N] [--cpu-quota N] [--pids-limit N] … ID
          features
          spec     [--bundle DIR]

        Environment: CONTAINERPS_RUNROOT (default /run/containerps; containers of this runtime are kept in its directory runtime),
        CONTAINERPS_SHIM (the shim, if it is not beside this program).

        """;

    public static int Run()
    {
        Console.Out.Write(Text);
        return 0;
    }
}
