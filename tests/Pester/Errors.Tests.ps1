BeforeDiscovery {
    Import-Module $PSScriptRoot/Fixture.psm1 -Force
    $obstacle = Get-KernelObstacle
}

Describe 'Errors' -Skip:($null -ne $obstacle) {
    BeforeAll {
        Import-Module $PSScriptRoot/Fixture.psm1 -Force
        $store = New-TestStore -WithImage
        $pwsh = Get-PwshPath
        function Get-Failure([scriptblock] $Command) {
            try {
                & $Command
            }
            catch {
                return $_
            }
            throw 'It did not fail.'
        }
    }

    AfterAll {
        Remove-TestStore $store
    }

    It '<id>: category <category>' -ForEach @(
        @{ id = 'ContainerNotFound'; category = 'ObjectNotFound'; command = { Get-Container nobody -ErrorAction Stop } }
        @{ id = 'ImageNotFound'; category = 'ObjectNotFound'; command = { Get-Image nobody -ErrorAction Stop } }
        @{ id = 'ImageNotFound'; category = 'ObjectNotFound'; command = { New-Container nobody -ErrorAction Stop } }
        @{ id = 'ImageNotFound'; category = 'ObjectNotFound'; command = { Invoke-Container nobody -ErrorAction Stop -- true } }
        @{ id = 'CommandNotFound'; category = 'InvalidArgument'; command = { New-Container busybox -Name lost -- /no/such | Start-Container -ErrorAction Stop } }
        @{ id = 'CommandNotExecutable'; category = 'PermissionDenied'; command = { New-Container busybox -Name stiff -- /etc/passwd | Start-Container -ErrorAction Stop } }
        @{ id = 'ContainerNotRunning'; category = 'InvalidOperation'; command = { New-Container busybox -Name still -- true | Suspend-Container -ErrorAction Stop } }
        @{ id = 'PathNotFound'; category = 'ObjectNotFound'; command = { New-Container -RootFs /no/such/directory -ErrorAction Stop -- true } }
    ) {
        $failure = Get-Failure $command
        $failure.FullyQualifiedErrorId | Should -BeLike "$id,ContainerPS.Commands.*Command"
        $failure.CategoryInfo.Category | Should -Be $category
        $failure.TargetObject | Should -Not -BeNullOrEmpty
        Get-Container | Remove-Container -Force
    }

    It 'says that a name is taken, once, and changes nothing' {
        $first = New-Container busybox -Name taken -- true
        $failure = Get-Failure { New-Container busybox -Name taken -ErrorAction Stop -- true }
        $failure.FullyQualifiedErrorId | Should -Be 'ContainerNameConflict,ContainerPS.Commands.NewContainerCommand'
        $failure.CategoryInfo.Category | Should -Be 'ResourceExists'
        @(Get-Container).Count | Should -Be 1
        $first | Remove-Container
    }

    It 'leaves a container that could not be started as created' {
        $container = New-Container busybox -Name lost -- /no/such
        $container | Start-Container -ErrorAction SilentlyContinue
        $container.State | Should -Be 'Created'
        $container | Remove-Container
    }

    It 'leaves nothing of a run that could not be started' {
        { Invoke-Container busybox -- /no/such } | Should -Throw
        Get-Container | Should -BeNullOrEmpty
    }

    It 'tells an OOM kill before exec from a command that is not found' {
        $failure = Get-Failure { Invoke-Container busybox -MemoryMax 128k -ErrorAction Stop -- true }
        $failure.FullyQualifiedErrorId | Should -BeIn 'ContainerOomKilled,ContainerPS.Commands.InvokeContainerCommand', 'CgroupLimitRejected,ContainerPS.Commands.InvokeContainerCommand'
        Get-Container | Should -BeNullOrEmpty
    }

    It 'shows the way out as the recommendation' {
        $failure = Get-Failure { Get-Container nobody -ErrorAction Stop }
        $failure.ErrorDetails.RecommendedAction | Should -Match 'Get-Container'
    }

    It 'is not terminating for one thing of several' {
        $found = Get-Container nobody, nothing -ErrorAction SilentlyContinue -ErrorVariable errors
        $found | Should -BeNullOrEmpty
        $errors.Count | Should -Be 2
    }

    It 'has the exception of its taxonomy' {
        (Get-Failure { Get-Container nobody -ErrorAction Stop }).Exception | Should -BeOfType ContainerPS.ContainerObjectNotFoundException
        (Get-Failure { Invoke-Container busybox -ErrorAction Stop -- /no/such }).Exception.ExitCode | Should -Be 127
    }

    It 'prints the line that works when privileges are missing' {
        if (-not (Get-Command setpriv -ErrorAction Ignore)) { Set-ItResult -Skipped -Because 'needs setpriv (Debian: util-linux)' }
        $copy = Join-Path ([IO.Path]::GetTempPath()) ('containerps-unprivileged-' + [guid]::NewGuid().ToString('N').Substring(0, 8))
        try {
            $null = New-Item -ItemType Directory $copy, "$copy/store", "$copy/run"
            Copy-Item (Get-ModulePath) "$copy/module" -Recurse
            chmod -R a+rX $copy
            chown -R 65534:65534 "$copy/store" "$copy/run"
            $text = setpriv --reuid 65534 --regid 65534 --clear-groups env HOME=$copy/run CONTAINERPS_ROOT=$copy/store CONTAINERPS_RUNROOT=$copy/run $pwsh -NoProfile -Command "
                Import-Module '$copy/module/ContainerPS.psd1'
                try { New-Container -RootFs / -ErrorAction Stop -- true | Start-Container -ErrorAction Stop } catch { `$_.FullyQualifiedErrorId; `$_.CategoryInfo.Category; `$_.ErrorDetails.RecommendedAction }"
            $text[0] | Should -BeLike 'NamespaceDenied,ContainerPS.Commands.*'
            $text[1] | Should -Be 'PermissionDenied'
            $text[2] | Should -Match 'sudo "\$\(command -v pwsh\)"'
        }
        finally {
            Remove-Item $copy -Recurse -Force
        }
    }
}
