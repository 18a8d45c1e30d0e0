BeforeDiscovery {
    Import-Module $PSScriptRoot/Fixture.psm1 -Force
    $obstacle = Get-KernelObstacle
}

Describe 'Life cycle' -Skip:($null -ne $obstacle) {
    BeforeAll {
        Import-Module $PSScriptRoot/Fixture.psm1 -Force
        $store = New-TestStore
        $pwsh = Get-PwshPath
    }

    AfterEach {
        Get-Container | Remove-Container -Force
    }

    AfterAll {
        Remove-TestStore $store
    }

    It 'goes from a directory to a running server in one pipeline' {
        $running = New-Image -RootFs $store.RootFs -Name busybox | New-Container -Name web -MemoryMax 64MB -Cpus 0.5 -PidsMax 50 -Command httpd,-f | Start-Container -PassThru
        $running.State | Should -Be 'Running'
        $running.Pid | Should -BeGreaterThan 0
        (Get-Process -Id $running.Pid).Name | Should -Match 'httpd|busybox'

        $limit = Get-Container web | Set-CgroupLimit -MemoryMax 32MB -PassThru | Get-CgroupLimit
        $limit.MemoryMax | Should -Be 32MB
        $limit.PidsMax | Should -Be 50
        $limit.Cpus | Should -Be 0.5

        Get-Container | Where-Object State -eq Running | Stop-Container -Timeout 1 -PassThru | Remove-Container
        Get-Container | Should -BeNullOrEmpty
        $running.State | Should -Be 'Removed'
    }

    It 'tells the exit code, however late it is asked' {
        $container = New-Container busybox -Name job -- sh -c 'exit 7' | Start-Container -PassThru
        ($container | Wait-Container -Timeout 10).ExitCode | Should -Be 7
        (Wait-Container job).ExitCode | Should -Be 7
        $container.State | Should -Be 'Exited'
        $container.ExitCode | Should -Be 7
    }

    It 'tells the signal that ended it' {
        $container = New-Container busybox -Name victim -- sleep 600 | Start-Container -PassThru
        $container | Send-ContainerSignal -Signal KILL
        $ended = $container | Wait-Container -Timeout 10
        $ended.ExitCode | Should -Be 137
        [int]$ended.ExitSignal | Should -Be 9
    }

    It 'starts again what has ended' {
        $container = New-Container busybox -Name again -- sh -c 'echo x >> /count; exit $(wc -l < /count)'
        ($container | Start-Container -PassThru | Wait-Container -Timeout 10).ExitCode | Should -Be 1
        ($container | Start-Container -PassThru | Wait-Container -Timeout 10).ExitCode | Should -Be 2
    }

    It 'freezes and thaws' {
        $container = New-Container busybox -Name frozen -- sleep 600 | Start-Container -PassThru
        ($container | Suspend-Container -PassThru).State | Should -Be 'Paused'
        ($container | Resume-Container -PassThru).State | Should -Be 'Running'
    }

    It 'stops several that ignore SIGTERM at the same time' {
        $containers = 1..6 | ForEach-Object { New-Container busybox -Name "deaf$_" -- sh -c 'trap "" TERM; while :; do sleep 1; done' | Start-Container -PassThru }
        $time = Measure-Command { $stopped = $containers | Stop-Container -Timeout 2 -PassThru }
        @($stopped).Count | Should -Be 6
        $time.TotalSeconds | Should -BeGreaterThan 1.9
        # One after another would be twelve.
        $time.TotalSeconds | Should -BeLessThan 8
        $containers.State | Select-Object -Unique | Should -Be 'Exited'
    }

    It 'gives one error for each that fails and goes on with the others' {
        $null = New-Container busybox -Name good -- true
        $null = New-Container busybox -Name running -- sleep 600 | Start-Container
        $removed = Remove-Container running, good, nobody -PassThru -ErrorAction SilentlyContinue -ErrorVariable errors
        $removed.Name | Should -Be 'good'
        $errors.Count | Should -Be 2
        $errors.FullyQualifiedErrorId | Should -Contain 'ContainerNotFound,ContainerPS.Commands.RemoveContainerCommand'
    }

    It 'removes a running one only by force' {
        $null = New-Container busybox -Name running -- sleep 600 | Start-Container
        { Remove-Container running -ErrorAction Stop } | Should -Throw -ErrorId '*,ContainerPS.Commands.RemoveContainerCommand'
        Remove-Container running -Force
        Get-Container | Should -BeNullOrEmpty
    }

    It 'gives up waiting in time, and the container goes on' {
        $null = New-Container busybox -Name slow -- sleep 600 | Start-Container
        { Wait-Container slow -Timeout 200ms -ErrorAction Stop } | Should -Throw -ErrorId 'WaitTimeout,ContainerPS.Commands.WaitContainerCommand'
        (Get-Container slow).State | Should -Be 'Running'
    }

    It 'removes itself when it ends, with -AutoRemove' {
        $container = New-Container busybox -Name brief -AutoRemove -- true
        $container | Start-Container
        ($container | Wait-Container -Timeout 10).ExitCode | Should -Be 0
        Wait-Until -Seconds 5 { -not (Get-Container) }
        Get-Container | Should -BeNullOrEmpty
    }

    It 'lives on when the pwsh that started it ends' {
        $module = Get-ModulePath
        & $pwsh -NoProfile -Command "Import-Module '$module'; New-Container busybox -Name orphan -- sleep 600 | Start-Container"
        (Get-Container orphan).State | Should -Be 'Running'
        Invoke-ContainerCommand orphan -- echo alive | Should -Be 'alive'
    }

    It 'is gone within a second of its starter, with -Lifetime Session' {
        $module = Get-ModulePath
        & $pwsh -NoProfile -Command "Import-Module '$module'; (New-Container busybox -Name bound -Lifetime Session -- sleep 600 | Start-Container -PassThru).State" | Should -Be 'Running'
        Wait-Until -Seconds 3 { -not (Get-Container) }
        Get-Container | Should -BeNullOrEmpty
    }

    It 'runs from a directory copy-on-write' {
        $container = New-Container -RootFs $store.RootFs -Name cow -- sh -c 'echo changed > /www/index.html; cat /www/index.html' | Start-Container -PassThru
        $null = $container | Wait-Container -Timeout 10
        Get-ContainerLog cow -Raw | Should -Be 'changed'
        Get-Content "$($store.RootFs)/www/index.html" | Should -Be 'hello from the container'
    }

    It 'keeps equality, order and a live state in its objects' {
        $first = New-Container busybox -Name first -- true
        $second = New-Container busybox -Name second -- true
        $first -eq (Get-Container first) | Should -BeTrue
        $first -eq $second | Should -BeFalse
        $first -lt $second | Should -BeTrue
        ($second, $first | Sort-Object CreatedAt).Name | Should -Be 'first', 'second'
        "$first" | Should -Be 'first'
        $snapshot = $first.ToSnapshot()
        $first | Remove-Container
        $first.State | Should -Be 'Removed'
        $snapshot.State | Should -Be 'Created'
    }

    It 'measures what runs' {
        $null = New-Container busybox -Name busy -MemoryMax 64m -- sh -c 'while :; do :; done' | Start-Container
        $null = New-Container busybox -Name idle -- sleep 600 | Start-Container
        $stats = Measure-Container -Interval 300ms
        $stats.Name | Sort-Object | Should -Be 'busy', 'idle'
        ($stats | Where-Object Name -eq busy).CpuPercent | Should -BeGreaterThan 5
        ($stats | Where-Object Name -eq busy).MemoryMax | Should -Be 64MB
        ($stats | Where-Object Name -eq idle).PidsCurrent | Should -BeGreaterOrEqual 1
        @(Measure-Container busy -Count 2 -Interval 100ms).Count | Should -Be 2
        Get-Container nobody* | Measure-Container | Should -BeNullOrEmpty
    }

    It 'tells the host' {
        $null = New-Container busybox -Name one -- true
        $hostInfo = Get-ContainerHost
        $hostInfo.Kernel | Should -Be (uname -r)
        $hostInfo.DataRoot | Should -Be $env:CONTAINERPS_ROOT
        $hostInfo.Counts.Containers | Should -Be 1
        $hostInfo.CgroupControllers | Should -Contain 'memory'
    }
}
