BeforeDiscovery {
    Import-Module $PSScriptRoot/Fixture.psm1 -Force
    $obstacle = Get-KernelObstacle
    $adoption = if ([version]((uname -r) -replace '^(\d+\.\d+).*', '$1') -lt [version]'6.15') { 'exit codes of adopted containers need Linux 6.15' }
}

Describe 'When processes are killed' -Skip:($null -ne $obstacle) {
    BeforeAll {
        Import-Module $PSScriptRoot/Fixture.psm1 -Force
        $store = New-TestStore -WithImage
        $module = Get-ModulePath

        function Get-MonitorPid($Container) {
            $lines = Get-Content "$env:CONTAINERPS_RUNROOT/containers/$($Container.Id)/state" | ConvertFrom-Json
            ($lines | Where-Object event -eq 'running' | Select-Object -Last 1).monitor
        }

        # Beside what the store itself is: files and names in both roots, cgroups, mounts, and processes in the suite's cgroups.
        function Get-Leftover {
            $left = @(Get-StoreLeftover $store)
            # Files of what was removed are deleted behind the caller's back.
            Wait-Until { -not (Get-ChildItem "$env:CONTAINERPS_ROOT/trash", "$env:CONTAINERPS_RUNROOT/trash" -ErrorAction Ignore) }
            $left += @(Get-ChildItem "$env:CONTAINERPS_ROOT/names", "$env:CONTAINERPS_RUNROOT/names" -ErrorAction Ignore | ForEach-Object { "name $($_.Name)" })
            $left += @(Get-ChildItem "$env:CONTAINERPS_RUNROOT/locks" -ErrorAction Ignore | ForEach-Object { "lock $($_.Name)" })
            $left
        }

        # Two hundred numbered lines in some two seconds, then an exit code of its own.
        $counting = 'i=0; while [ $i -lt 200 ]; do echo $i; i=$((i+1)); sleep 0.01; done; exit 9'
    }

    AfterEach {
        Get-Container | Remove-Container -Force
    }

    AfterAll {
        Remove-TestStore $store
    }

    It 'a container goes on when its pwsh is killed, and nothing it wrote is lost' {
        $pwsh = Start-Pwsh "`$c = New-Container busybox -Name survivor -- sh -c '$counting' | Start-Container -PassThru; `$c.Id; Start-Sleep 60"
        $pwsh.Kill()
        $pwsh.WaitForExit()
        $container = Get-Container survivor
        ($container | Wait-Container -Timeout 30).ExitCode | Should -Be 9
        Get-ContainerLog survivor -Raw | Should -Be (0..199)
    }

    It 'a container goes on when its monitor is killed, is adopted, and tells its true exit code' -ForEach @{ adoption = $adoption } {
        if ($adoption) { Set-ItResult -Skipped -Because $adoption }
        $container = New-Container busybox -Name adopted -- sh -c $counting | Start-Container -PassThru
        Wait-Until { @(Get-ContainerLog adopted).Count -gt 20 }
        kill -9 (Get-MonitorPid $container)
        (Wait-Container adopted -Timeout 30).ExitCode | Should -Be 9
        Get-ContainerLog adopted -Raw | Should -Be (0..199)
    }

    It 'a container can be stopped and removed when its monitor is killed' {
        $container = New-Container busybox -Name orphan -- sleep 600 | Start-Container -PassThru
        kill -9 (Get-MonitorPid $container)
        $container | Stop-Container -Timeout 1 -PassThru | Remove-Container
        Get-Container | Should -BeNullOrEmpty
    }

    It 'the container of a killed Invoke-Container is removed when its command ends' {
        $pwsh = Start-Pwsh "Invoke-Container busybox -Name brief -- sh -c 'echo begun; sleep 1'"
        (Get-Container brief).State | Should -Be 'Running'
        $pwsh.Kill()
        $pwsh.WaitForExit()
        Wait-Until { -not (Get-Container) }
    }

    # Eight here, three hundred by `build.ps1 TestKills`: CONTAINERPS_TEST_KILLS says how many, CONTAINERPS_TEST_SEED which.
    It 'a pwsh that is killed anywhere leaves nothing that the next one cannot find and clear' {
        $kills = if ($env:CONTAINERPS_TEST_KILLS) { [int]$env:CONTAINERPS_TEST_KILLS } else { 8 }
        $seed = if ($env:CONTAINERPS_TEST_SEED) { [int]$env:CONTAINERPS_TEST_SEED } else { Get-Random }
        $random = [Random]::new($seed)
        Write-Host "CONTAINERPS_TEST_SEED=$seed"
        # Every change that there is, on three names, each also refused from time to time: whatever the killed one before has left is met here.
        $work = '
            $ErrorActionPreference = "SilentlyContinue"
            "ready"
            while ($true) {
                foreach ($name in "one", "two", "three") {
                    $remove = $name -eq "three"
                    $null = New-Container busybox -Name $name -AutoRemove:$remove -- sleep 600
                    Start-Container $name
                    $null = Invoke-ContainerCommand $name -- true
                    Suspend-Container $name
                    Set-CgroupLimit $name -PidsMax 50
                    Resume-Container $name
                    $null = Invoke-Container busybox -- true
                }
                Stop-Container one -Timeout 0
                Start-Container one
                Remove-Container one, two, three -Force
            }'
        for ($i = 1; $i -le $kills; $i++) {
            $pause = $random.NextDouble() * 600
            $because = "after kill $i of seed $seed, $([int]$pause) ms after its first line"
            $pwsh = Start-Pwsh $work
            [Threading.Thread]::Sleep([timespan]::FromMilliseconds($pause))
            $pwsh.Kill()
            $pwsh.WaitForExit()

            # Every one can be looked at, stopped and removed; then there is nothing.
            $errors = @()
            $before = Get-Container -ErrorVariable +errors -ErrorAction SilentlyContinue
            $before | Stop-Container -Timeout 0 -ErrorVariable +errors -ErrorAction SilentlyContinue
            # One that removes itself may be gone before its turn.
            Get-Container | Remove-Container -Force -ErrorVariable +errors -ErrorAction SilentlyContinue
            $errors | Where-Object FullyQualifiedErrorId -NotLike 'ContainerNotFound,*' | Should -BeNullOrEmpty -Because $because
            Wait-Until { -not (Get-Container) }
            $null = New-Container busybox -Name one -- true | Start-Container -PassThru | Wait-Container | Remove-Container
            Get-Leftover | Should -BeNullOrEmpty -Because $because
            Test-ContainerStorage | ForEach-Object { "$($_.Kind): $($_.Message)" } | Should -BeNullOrEmpty -Because $because
        }
    }

    It 'two pwsh at once on the same names: each name is one container, and all are removed' {
        $script = '
            1..12 | ForEach-Object { New-Container busybox -Name "shared$_" -ErrorAction SilentlyContinue -ErrorVariable +taken -- sleep 600 | Start-Container }
            $taken | ForEach-Object FullyQualifiedErrorId | Where-Object { $_ -notlike "ContainerNameConflict,*" }'
        $jobs = 1..2 | ForEach-Object { Start-Job -ScriptBlock { Import-Module $using:module; & ([scriptblock]::Create($using:script)) } }
        $jobs | Receive-Job -Wait -AutoRemoveJob | Should -BeNullOrEmpty
        @(Get-Container -Running).Count | Should -Be 12
        $script = 'Get-Container | Remove-Container -Force -ErrorAction SilentlyContinue -ErrorVariable failures; $failures | ForEach-Object FullyQualifiedErrorId | Where-Object { $_ -notlike "ContainerNotFound,*" }'
        $jobs = 1..2 | ForEach-Object { Start-Job -ScriptBlock { Import-Module $using:module; & ([scriptblock]::Create($using:script)) } }
        $jobs | Receive-Job -Wait -AutoRemoveJob | Should -BeNullOrEmpty
        Get-Container | Should -BeNullOrEmpty
    }
}
