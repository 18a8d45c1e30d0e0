BeforeDiscovery {
    Import-Module $PSScriptRoot/Fixture.psm1 -Force
    $obstacle = Get-KernelObstacle
}

Describe 'Streams' -Skip:($null -ne $obstacle) {
    BeforeAll {
        Import-Module $PSScriptRoot/Fixture.psm1 -Force
        $store = New-TestStore -WithImage
        $null = New-Container busybox -Name target -- sleep 600 | Start-Container

        # Every rule holds for a new container and for a command in a running one.
        function Invoke-Both([string] $How, [hashtable] $With = @{}, [string[]] $Words, $Pipe) {
            $expecting = $PSBoundParameters.ContainsKey('Pipe')
            if ($How -eq 'Run' -and $expecting) { $Pipe | Invoke-Container busybox @With -Command $Words }
            elseif ($How -eq 'Run') { Invoke-Container busybox @With -Command $Words }
            elseif ($expecting) { $Pipe | Invoke-ContainerCommand target @With -Command $Words }
            else { Invoke-ContainerCommand target @With -Command $Words }
        }
    }

    AfterAll {
        Remove-TestStore $store
    }

    Context '<_>' -ForEach 'Run', 'Exec' {
        BeforeAll { $how = $_ }

        It 'gives stdout as strings, line by line' {
            Invoke-Both $how -Words 'sh', '-c', 'echo one; echo; printf "three"' | Should -Be 'one', '', 'three'
        }

        It 'decodes UTF-8, also when a character is cut' {
            Invoke-Both $how -Words 'sh', '-c', 'printf "\303"; sleep 0.1; printf "\244\n"' | Should -Be ([string][char]0xe4)
            Invoke-Both $how -Words 'printf', '\360\237\220\213\n' | Should -Be ([char]::ConvertFromUtf32(0x1f40b))
        }

        It 'gives output at once' {
            $seen = Invoke-Both $how -Words 'sh', '-c', 'echo first; sleep 600' | Select-Object -First 1
            $seen | Should -Be 'first'
        }

        It 'feeds a string and its LF' {
            Invoke-Both $how -Words 'cat' -Pipe 'hello' | Should -Be 'hello'
            Invoke-Both $how -Words 'wc', '-c' -Pipe 'hello' | Should -Be '6'
            Invoke-Both $how -Words 'wc', '-l' -Pipe 'a', 'b', 'c' | Should -Be '3'
        }

        It 'feeds bytes raw' {
            Invoke-Both $how -Words 'wc', '-c' -Pipe ([byte[]](1, 2, 3)) | Should -Be '3'
            Invoke-Both $how -Words 'cat' -With @{ AsBytes = $true } -Pipe (, [byte[]](0, 255, 10, 13)) | ForEach-Object { $_ } | Should -Be 0, 255, 10, 13
        }

        It 'feeds other objects as text' {
            Invoke-Both $how -Words 'cat' -Pipe 1.5, 2 | Should -Be '1.5', '2'
        }

        It 'sees the end of its input' {
            Invoke-Both $how -Words 'sh', '-c', 'cat > /dev/null; echo done' -Pipe 'x' | Should -Be 'done'
        }

        It 'has no input when there is no pipeline' {
            Invoke-Both $how -Words 'sh', '-c', 'cat; echo end' | Should -Be 'end'
        }

        It 'carries more than any buffer holds through a filter' {
            $line = 'x' * 1000
            $count = 0
            Invoke-Both $how -Words 'cat' -Pipe (1..5000 | ForEach-Object { $line }) | ForEach-Object { $count++ }
            $count | Should -Be 5000
        }

        It 'takes no harm from a command that does not want its input' {
            Invoke-Both $how -Words 'sh', '-c', 'head -n 1 > /dev/null; echo enough' -Pipe (1..20000 | ForEach-Object { 'y' * 100 }) | Should -Be 'enough'
        }

        It 'lets 6>&1 and -InformationVariable take stderr, and does not end under Stop' {
            $ErrorActionPreference = 'Stop'
            if ($how -eq 'Run') {
                $all = Invoke-Container busybox -InformationVariable told -- sh -c 'echo warning >&2; sleep 0.2; echo out' 6>&1
            }
            else {
                $all = Invoke-ContainerCommand target -InformationVariable told -- sh -c 'echo warning >&2; sleep 0.2; echo out' 6>&1
            }
            "$($all[0])" | Should -Be 'warning'
            $all[1] | Should -Be 'out'
            $told[0].Tags | Should -Contain 'ContainerStderr'
            $told[0].Tags | Should -Contain 'PSHOST'
        }

        It 'puts stderr into the output with -MergeStderr' {
            Invoke-Both $how -Words 'sh', '-c', 'echo out; sleep 0.2; echo err >&2' -With @{ MergeStderr = $true } | Should -Be 'out', 'err'
        }

        It 'sets $LASTEXITCODE and writes one ContainerExitNonZero' {
            $output = Invoke-Both $how -Words 'sh', '-c', 'echo out; exit 3' -With @{ ErrorAction = 'SilentlyContinue'; ErrorVariable = '+global:exitErrors' }
            $LASTEXITCODE | Should -Be 3
            $output | Should -Be 'out'
            $global:exitErrors.Count | Should -Be 1
            $global:exitErrors[0].FullyQualifiedErrorId | Should -BeLike 'ContainerExitNonZero,ContainerPS.Commands.InvokeContainer*Command'
            $global:exitErrors[0].Exception.ExitCode | Should -Be 3
            $global:exitErrors[0].CategoryInfo.Category | Should -Be 'InvalidResult'
            Remove-Variable exitErrors -Scope global
            Invoke-Both $how -Words 'true'
            $LASTEXITCODE | Should -Be 0
        }

        It 'returns an ExecResult and no error with -AsResult' {
            $result = Invoke-Both $how -Words 'sh', '-c', 'echo out; echo err >&2; exit 4' -With @{ AsResult = $true; ErrorAction = 'Stop' }
            $result | Should -BeOfType ContainerPS.ExecResult
            $result.ExitCode | Should -Be 4
            $result.Stdout | Should -Be 'out'
            $result.Stderr | Should -Be 'err'
            $result.Duration.TotalSeconds | Should -BeLessThan 10
            $LASTEXITCODE | Should -Be 4
        }

        It 'writes byte chunks with -AsBytes' {
            $chunks = @(Invoke-Both $how -Words 'printf', '\000\377\n' -With @{ AsBytes = $true })
            , $chunks[0] | Should -BeOfType byte[]
            $chunks | ForEach-Object { $_ } | Should -Be 0, 255, 10
        }

        It 'writes a file with -OutFile, byte for byte' {
            Invoke-Both $how -Words 'printf', '\000\377' -With @{ OutFile = "$TestDrive/out.bin" } | Should -BeNullOrEmpty
            [IO.File]::ReadAllBytes("$TestDrive/out.bin") | Should -Be 0, 255
        }

        It 'refuses two places for the output' {
            { Invoke-Both $how -Words 'true' -With @{ AsBytes = $true; AsResult = $true; ErrorAction = 'Stop' } } | Should -Throw -ErrorId 'ArgumentInvalid,ContainerPS.Commands.*'
        }

        It 'says 127 for a command that is not found and 126 for one that cannot be executed' {
            { Invoke-Both $how -Words '/no/such/command' -With @{ ErrorAction = 'Stop' } } | Should -Throw -ErrorId 'CommandNotFound,ContainerPS.Commands.*'
            $LASTEXITCODE | Should -Be 127
            { Invoke-Both $how -Words '/etc/passwd' -With @{ ErrorAction = 'Stop' } } | Should -Throw -ErrorId 'CommandNotExecutable,ContainerPS.Commands.*'
            $LASTEXITCODE | Should -Be 126
        }

        It 'leaves nothing of a command whose pipeline was left early' {
            $before = @(Get-Container).Count
            Invoke-Both $how -Words 'sh', '-c', 'while :; do echo y; done' | Select-Object -First 2 | Should -Be 'y', 'y'
            @(Get-Container).Count | Should -Be $before
            if ($how -eq 'Exec') {
                Invoke-ContainerCommand target -ErrorAction SilentlyContinue -- sh -c 'ps | grep -c "[e]cho y"' | Should -Be '0'
            }
        }
    }

    Context 'Invoke-Container' {
        It 'removes its container, and keeps it with -Keep' {
            $before = @(Get-Container).Count
            Invoke-Container busybox -- true
            @(Get-Container).Count | Should -Be $before
            Invoke-Container busybox -Name kept -Keep -ErrorAction SilentlyContinue -- sh -c 'exit 5'
            try {
                (Get-Container kept).ExitCode | Should -Be 5
            }
            finally {
                Remove-Container kept -Force
            }
        }

        It 'writes the container with -Detach' {
            $container = Invoke-Container busybox -Name detached -Detach -- sleep 600
            try {
                $container.State | Should -Be 'Running'
            }
            finally {
                $container | Remove-Container -Force
            }
        }

        It 'never binds an image from the pipeline: that is input' {
            Get-Image busybox | Invoke-Container busybox -- cat | Should -Be 'busybox'
        }

        It 'says what the kernel ended for want of memory' {
            $null = Invoke-Container busybox -MemoryMax 16m -ErrorAction SilentlyContinue -ErrorVariable errors -- sh -c 'x=$(head -c 200000000 /dev/zero | tr "\0" x); echo $?'
            $errors[0].FullyQualifiedErrorId | Should -Be 'ContainerOomKilled,ContainerPS.Commands.InvokeContainerCommand'
            $errors[0].CategoryInfo.Category | Should -Be 'LimitsExceeded'
        }
    }

    Context 'Ctrl+C' {
        BeforeAll {
            # Runs a line in a pwsh of its own and stops it as Ctrl+C does, once it has written something.
            function Stop-Line([string] $Line) {
                $pipeline = [powershell]::Create()
                $output = [System.Management.Automation.PSDataCollection[psobject]]::new()
                try {
                    $null = $pipeline.AddScript("Import-Module '$(Get-ModulePath)'; $Line")
                    $running = $pipeline.BeginInvoke([System.Management.Automation.PSDataCollection[psobject]]$null, $output)
                    $deadline = [DateTime]::UtcNow.AddSeconds(20)
                    while ($output.Count -eq 0 -and -not $running.IsCompleted -and [DateTime]::UtcNow -lt $deadline) { [Threading.Thread]::Sleep(10) }
                    $pipeline.Stop()
                    $pipeline.InvocationStateInfo.State
                }
                finally {
                    $pipeline.Dispose()
                }
            }
        }

        It 'kills and removes the container of Invoke-Container' {
            $before = @(Get-Container).Count
            Stop-Line "Invoke-Container busybox -- sh -c 'echo begun; sleep 600'" | Should -Be 'Stopped'
            @(Get-Container).Count | Should -Be $before
        }

        It 'kills the command of Invoke-ContainerCommand' {
            Stop-Line "Invoke-ContainerCommand target -- sh -c 'echo begun; exec sleep 4242'" | Should -Be 'Stopped'
            Invoke-ContainerCommand target -- sh -c 'ps | grep "[s]leep 4242"; true' | Should -BeNullOrEmpty
        }

        It 'ends Get-ContainerLog -Follow, and the container goes on' {
            $null = New-Container busybox -Name ticking -- sh -c 'while :; do echo tick; sleep 0.1; done' | Start-Container
            try {
                Stop-Line 'Get-ContainerLog ticking, target -Follow' | Should -Be 'Stopped'
                (Get-Container ticking).State | Should -Be 'Running'
            }
            finally {
                Remove-Container ticking -Force
            }
        }

        It 'ends Wait-Container and Measure-Container, and the container goes on' {
            Stop-Line "'waiting'; Wait-Container target" | Should -Be 'Stopped'
            Stop-Line 'Measure-Container target -Continuous -Interval 100ms' | Should -Be 'Stopped'
            (Get-Container target).State | Should -Be 'Running'
        }
    }

    # A file that pwsh or the shim opened took the number of the closed one, and the output of the container was lost.
    It 'loses nothing where the streams of pwsh are closed: <_>' -ForEach '0<&-', '2>&-', '0<&- 2>&-' {
        $module = (Get-Module ContainerPS).Path
        $script = "Import-Module '$module'; Invoke-Container busybox -- sh -c 'echo out; cat'; Invoke-ContainerCommand target -- echo exec"
        & sh -c ('exec "$0" -NoProfile -Command "$1" ' + $_) (Get-PwshPath) $script | Should -Be 'out', 'exec'
    }

    Context 'Invoke-ContainerCommand' {
        It 'gives a piped container no input' {
            Get-Container target | Invoke-ContainerCommand -Command 'sh', '-c', 'cat; echo end' | Should -Be 'end'
            'target' | Invoke-ContainerCommand -Command 'echo', 'named' | Should -Be 'named'
        }

        It 'runs in all that are piped' {
            $other = New-Container busybox -Name other -- sleep 600 | Start-Container -PassThru
            try {
                @(Get-Container -Running | Invoke-ContainerCommand -Command 'hostname').Count | Should -Be 2
            }
            finally {
                $other | Remove-Container -Force
            }
        }

        It 'takes user, directory and environment' {
            Invoke-ContainerCommand target -User nobody -WorkingDir /tmp -Env X=y -- sh -c 'echo $(id -u) $(pwd) $X' | Should -Be '65534 /tmp y'
        }

        It 'is killed when its time is over' {
            $time = Measure-Command { Invoke-ContainerCommand target -Timeout 300ms -ErrorAction SilentlyContinue -ErrorVariable errors -- sleep 600 }
            $time.TotalSeconds | Should -BeLessThan 10
            $errors[0].FullyQualifiedErrorId | Should -Be 'WaitTimeout,ContainerPS.Commands.InvokeContainerCommandCommand'
            $LASTEXITCODE | Should -Be 124
        }
    }
}
