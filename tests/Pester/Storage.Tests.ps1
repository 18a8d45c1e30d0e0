BeforeDiscovery {
    Import-Module $PSScriptRoot/Fixture.psm1 -Force
    $obstacle = Get-KernelObstacle
}

Describe 'Storage' -Skip:($null -ne $obstacle) {
    BeforeAll {
        Import-Module $PSScriptRoot/Fixture.psm1 -Force
        $store = New-TestStore -WithImage
        $root = $env:CONTAINERPS_ROOT
        $dead = 'a' * 64
    }

    AfterEach {
        Get-Container | Remove-Container -Force
        Get-ChildItem "$root/names" | Remove-Item
    }

    AfterAll {
        Remove-TestStore $store
    }

    It 'writes nothing of a whole store, and $true with -Quiet' {
        New-Container busybox -Name created -- sleep 600
        New-Container busybox -Name running -- sleep 600 | Start-Container
        Invoke-Container busybox -- true
        Test-ContainerStorage | Should -BeNullOrEmpty
        Test-ContainerStorage -Deep | Should -BeNullOrEmpty
        Test-ContainerStorage -Quiet | Should -BeTrue
        Test-ContainerStorage -Quiet | Should -BeOfType [bool]
        Repair-ContainerStorage | Should -BeNullOrEmpty
        (Get-Container running).State | Should -Be 'Running'
    }

    It 'finds what a killed process left, says what it would do, and does it' {
        $null = New-Item -ItemType Directory "$root/containers/$dead/upper" -Force
        $null = New-Item -ItemType SymbolicLink "$root/names/ghost" -Target $dead
        $problems = @(Test-ContainerStorage)
        $problems.Kind | Sort-Object | Should -Be 'LeakedName', 'UnfinishedContainer'
        $problems.CanRepair | Should -Not -Contain $false
        $problems.Repaired | Should -Not -Contain $true
        Test-ContainerStorage -Quiet | Should -BeFalse

        Repair-ContainerStorage -WhatIf | Should -BeNullOrEmpty
        @(Test-ContainerStorage).Count | Should -Be 2

        $done = @(Repair-ContainerStorage)
        $done.Kind | Sort-Object | Should -Be 'LeakedName', 'UnfinishedContainer'
        $done.Repaired | Should -Not -Contain $false
        $done | Should -BeOfType [ContainerPS.StorageProblem]
        Test-ContainerStorage | Should -BeNullOrEmpty
        "$root/containers/$dead" | Should -Not -Exist
        (New-Container busybox -Name ghost -- true).Name | Should -Be 'ghost'
    }

    It 'gives a container a monitor again when its own was killed' {
        $container = New-Container busybox -Name orphan -- sh -c 'trap "exit 7" TERM; while :; do sleep 0.05; done' | Start-Container -PassThru
        $monitor = (Get-Content "$env:CONTAINERPS_RUNROOT/containers/$($container.Id)/state" | ConvertFrom-Json | Where-Object event -eq running).monitor
        kill -9 $monitor
        # A busy machine takes a moment to end it.
        Wait-Until { (Test-ContainerStorage).Kind -eq 'DeadMonitor' }
        (Test-ContainerStorage).Kind | Should -Be 'DeadMonitor'
        (Repair-ContainerStorage).Target | Should -Be $container.Id
        $container.State | Should -Be 'Running'
        Test-ContainerStorage | Should -BeNullOrEmpty
    }

    It 'has an error with the way out for a container that cannot be read, and keeps it' {
        $container = New-Container busybox -Name hurt -- sleep 600
        Set-Content "$($container.BundlePath)/container.json" '{'
        $problem = Test-ContainerStorage
        $problem.Kind | Should -Be 'DeadContainer'
        $problem.CanRepair | Should -BeFalse
        Repair-ContainerStorage -ErrorAction SilentlyContinue -ErrorVariable left | Should -BeNullOrEmpty
        $left.Count | Should -Be 1
        $left[0].FullyQualifiedErrorId | Should -Be 'StoreCorrupt,ContainerPS.Commands.RepairContainerStorageCommand'
        $left[0].CategoryInfo.Category | Should -Be 'InvalidData'
        $left[0].ErrorDetails.RecommendedAction | Should -BeLike '*Remove-Container hurt -Force*'
        $left[0].TargetObject.Target | Should -Be $container.Id
        (Get-Container hurt).State | Should -Be 'Dead'
    }

    It 'finds a damaged byte of an image with -Deep only' {
        $image = New-Image -RootFs $store.RootFs -Name damaged
        $blob = "$root/oci/blobs/sha256/$($image.Layers[0].Digest -replace 'sha256:')"
        $bytes = [IO.File]::ReadAllBytes($blob)
        $bytes[600] = $bytes[600] -bxor 1
        [IO.File]::WriteAllBytes($blob, $bytes)
        Test-ContainerStorage | Should -BeNullOrEmpty
        $problem = Test-ContainerStorage -Deep
        $problem.Kind | Should -Be 'DamagedBlob'
        $problem.Target | Should -Be $image.Layers[0].Digest
        { Repair-ContainerStorage -Deep -ErrorAction Stop } | Should -Throw -ErrorId 'StoreCorrupt,*'
        # The same root file system is the same layer: both names are of damaged images now.
        Remove-Image damaged, busybox -Force
        $null = New-Image -RootFs $store.RootFs -Name busybox -Command sh
        Test-ContainerStorage -Deep | Should -BeNullOrEmpty
    }

    It 'shows a problem as a list, and survives a job' {
        $null = New-Item -ItemType SymbolicLink "$root/names/ghost" -Target $dead
        $shown = Test-ContainerStorage | Out-String
        $shown | Should -Match 'Kind\s+: LeakedName'
        $shown | Should -Match 'Remedy\s+: Repair-ContainerStorage'
        $module = Get-ModulePath
        $job = Start-Job { Import-Module $using:module; Test-ContainerStorage }
        (Receive-Job $job -Wait -AutoRemoveJob).Kind | Should -Be 'LeakedName'
    }

    It 'is refused to somebody else than the owner of the store' {
        if (-not (Get-Command setpriv -ErrorAction Ignore)) { Set-ItResult -Skipped -Because 'needs setpriv (Debian: util-linux)' }
        $script = "Import-Module '$(Get-ModulePath)'; Test-ContainerStorage -Quiet"
        setpriv --reuid 65534 --regid 65534 --clear-groups test -r (Get-PwshPath)
        if ($LASTEXITCODE -ne 0) { Set-ItResult -Skipped -Because 'this pwsh cannot be read by others' }
        $output = setpriv --reuid 65534 --regid 65534 --clear-groups (Get-PwshPath) -NoProfile -NonInteractive -Command $script 2>&1 | Out-String
        $output | Should -Not -Match 'True'
        $output | Should -Match 'root'
    }
}
