BeforeDiscovery {
    Import-Module $PSScriptRoot/Fixture.psm1 -Force
    $obstacle = Get-KernelObstacle
}

Describe 'Images' -Skip:($null -ne $obstacle) {
    BeforeAll {
        Import-Module $PSScriptRoot/Fixture.psm1 -Force
        $store = New-TestStore
    }

    AfterAll {
        Remove-TestStore $store
    }

    It 'makes an image of a directory with its settings' {
        $image = New-Image -RootFs $store.RootFs -Name busybox -Command sh,-c,'echo default' -Env A=1 -Label app=x -WorkingDir /tmp -User nobody
        $image.Repository | Should -Be 'busybox'
        $image.Tag | Should -Be 'latest'
        $image.Id | Should -Match '^sha256:[0-9a-f]{64}$'
        $image.Config.Cmd | Should -Be 'sh', '-c', 'echo default'
        $image.Config.Env | Should -Contain 'A=1'
        $image.Layers.Count | Should -Be 1
        Invoke-Container busybox | Should -Be 'default'
        Invoke-Container busybox -- sh -c 'echo $A $(pwd) $(id -u)' | Should -Be '1 /tmp 65534'
    }

    It 'makes an image of a tar file, plain and compressed' {
        tar -C $store.RootFs -cf "$TestDrive/rootfs.tar" .
        tar -C $store.RootFs -czf "$TestDrive/rootfs.tar.gz" .
        (New-Image "$TestDrive/rootfs.tar" fromtar:1).Tag | Should -Be '1'
        (New-Image "$TestDrive/rootfs.tar.gz" fromtar:2).Tag | Should -Be '2'
        Invoke-Container fromtar:1 -- cat /www/index.html | Should -Be 'hello from the container'
        Invoke-Container fromtar:2 -- cat /www/index.html | Should -Be 'hello from the container'
    }

    It 'resolves a relative path against the location of PowerShell' {
        Push-Location (Split-Path $store.RootFs)
        try {
            (New-Image -RootFs ./rootfs -Name relative).Repository | Should -Be 'relative'
        }
        finally {
            Pop-Location
        }
    }

    It 'lists by name, wildcard, label and id' {
        (Get-Image busybox).Repository | Should -Be 'busybox'
        (Get-Image busybox:latest).Repository | Should -Be 'busybox'
        @(Get-Image 'fromtar*').Count | Should -Be 2
        @(Get-Image 'fromtar:1').Count | Should -Be 1
        (Get-Image -Label app=x).Repository | Should -Be 'busybox'
        Get-Image -Dangling | Should -BeNullOrEmpty
    }

    It 'imports an OCI layout and a docker archive, by path and by object' {
        if (-not (Get-Command skopeo -ErrorAction Ignore)) { Set-ItResult -Skipped -Because 'needs skopeo (Debian: skopeo)' }
        $layout = Join-Path $TestDrive 'layout'
        skopeo copy --quiet "oci:$($env:CONTAINERPS_ROOT)/oci:docker.io/library/fromtar:1" "oci:${layout}:imported:1"
        skopeo copy --quiet "oci:${layout}:imported:1" "docker-archive:$TestDrive/archive.tar:archived:1"
        (Import-Image $layout -Name imported:2).Tag | Should -Be '2'
        (Get-Item "$TestDrive/archive.tar" | Import-Image).Repository | Should -Be 'archived'
        Invoke-Container archived:1 -- cat /www/index.html | Should -Be 'hello from the container'
    }

    It 'refuses what is no image, and what is not there' {
        Set-Content "$TestDrive/text.tar" 'this is no tar'
        { Import-Image "$TestDrive/text.tar" -ErrorAction Stop } | Should -Throw -ErrorId '*,ContainerPS.Commands.ImportImageCommand'
        { Import-Image "$TestDrive/missing.tar" -ErrorAction Stop } | Should -Throw -ErrorId 'PathNotFound,ContainerPS.Commands.ImportImageCommand'
        { New-Image "$TestDrive/missing" nothing -ErrorAction Stop } | Should -Throw -ErrorId 'PathNotFound,ContainerPS.Commands.NewImageCommand'
        { New-Image $store.RootFs 'No Such Name' -ErrorAction Stop } | Should -Throw -ErrorId 'ParameterArgumentTransformationError,ContainerPS.Commands.NewImageCommand'
    }

    It 'refuses a truncated tar and changes nothing' {
        tar -C $store.RootFs -cf "$TestDrive/whole.tar" .
        $bytes = [IO.File]::ReadAllBytes("$TestDrive/whole.tar")
        [IO.File]::WriteAllBytes("$TestDrive/cut.tar", $bytes[0..([int]($bytes.Length / 2))])
        $before = @(Get-Image).Count
        { New-Image "$TestDrive/cut.tar" cut -ErrorAction Stop } | Should -Throw -ErrorId 'LayerCorrupt,ContainerPS.Commands.NewImageCommand'
        @(Get-Image).Count | Should -Be $before
    }

    It 'refuses to remove what a container uses, and says which' {
        $user = New-Container busybox -Name user -- true
        try {
            { Remove-Image busybox -ErrorAction Stop } | Should -Throw -ErrorId 'ImageInUse,ContainerPS.Commands.RemoveImageCommand' -ExpectedMessage '*user*'
            { Remove-Image busybox -Force -ErrorAction Stop } | Should -Throw -ErrorId 'ImageInUse,ContainerPS.Commands.RemoveImageCommand'
        }
        finally {
            $user | Remove-Container
        }
    }

    It 'unties a name and keeps the image, then removes it' {
        $image = New-Image -RootFs $store.RootFs -Name loose -Label unique=yes
        Remove-Image loose -Untag
        (Get-Image -Dangling).Id | Should -Be $image.Id
        (Get-Image -Dangling | Remove-Image -PassThru).Removed | Should -Contain $image.Id
        Get-Image -Dangling | Should -BeNullOrEmpty
    }

    It 'removes by wildcard' {
        (Remove-Image 'fromtar*' -PassThru).Count | Should -Be 2
        Get-Image 'fromtar*' | Should -BeNullOrEmpty
    }
}
