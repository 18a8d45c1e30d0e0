BeforeDiscovery {
    Import-Module $PSScriptRoot/Fixture.psm1 -Force
    $obstacle = Get-KernelObstacle
}

Describe 'Binding' -Tag Binding -Skip:($null -ne $obstacle) {
    BeforeAll {
        Import-Module $PSScriptRoot/Fixture.psm1 -Force
        $store = New-TestStore -WithImage
        $web = New-Container busybox -Name web -- sleep 600
        $db = New-Container busybox -Name db -- sleep 600
    }

    AfterAll {
        Remove-TestStore $store
    }

    Context 'One parameter takes the things' {
        It 'takes a name by position and by -Name, -Container and -InputObject' {
            (Get-Container web).Id | Should -Be $web.Id
            (Get-Container -Name web).Id | Should -Be $web.Id
            (Get-Container -Container web).Id | Should -Be $web.Id
            (Get-Container -InputObject web).Id | Should -Be $web.Id
        }

        It 'takes names with wildcards' {
            (Get-Container 'we*').Name | Should -Be 'web'
            (Get-Container '[dw]*').Count | Should -Be 2
        }

        It 'takes ids and unambiguous id prefixes' {
            (Get-Container $web.Id).Name | Should -Be 'web'
            (Get-Container $web.ShortId).Name | Should -Be 'web'
        }

        It 'takes container objects and deserialised ones by their id' {
            ($web | Get-Container).Id | Should -Be $web.Id
            $revived = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($web))
            $revived.PSObject.TypeNames[0] | Should -Be 'Deserialized.ContainerPS.Container'
            ($revived | Get-Container).Id | Should -Be $web.Id
        }

        It 'takes several, also mixed, and writes each once' {
            @(Get-Container web, $db, 'we*').Count | Should -Be 2
        }

        It 'refuses other types instead of taking their ToString' {
            { Get-Item $TestDrive | Get-Container -ErrorAction Stop } | Should -Throw -ErrorId 'ParameterArgumentTransformationError,ContainerPS.Commands.GetContainerCommand'
            { [version]'1.0' | Stop-Container -ErrorAction Stop } | Should -Throw
            { [pscustomobject]@{ Id = $web.Id; Name = 'web' } | Stop-Container -WhatIf -ErrorAction Stop } | Should -Throw
            { Get-Image busybox | Stop-Container -ErrorAction Stop } | Should -Throw
        }

        It 'goes on with the pipeline after something it refused' {
            $found = 'web', (Get-Date), 'db' | Get-Container -ErrorAction SilentlyContinue -ErrorVariable errors
            $found.Name | Should -Be 'web', 'db'
            $errors.Count | Should -Be 1
        }

        It 'takes -Id literally' {
            (Get-Container -Id $web.Id).Name | Should -Be 'web'
            { Get-Container -Id web -ErrorAction Stop } | Should -Throw
            { Get-Container -Id '*' -ErrorAction Stop } | Should -Throw
        }

        It 'has the same shape for images' {
            $image = Get-Image busybox
            (Get-Image $image.ShortId).Id | Should -Be $image.Id
            (Get-Image -Id $image.Id).Id | Should -Be $image.Id
            ($image | Get-Image).Id | Should -Be $image.Id
            @(Get-Image 'busy*').Count | Should -Be 1
            @(Get-Image 'nothing*').Count | Should -Be 0
            { $web | Get-Image -ErrorAction Stop } | Should -Throw
            { Get-Item $TestDrive | Remove-Image -ErrorAction Stop } | Should -Throw
        }
    }

    Context 'Literals and wildcards' {
        It 'makes an error of a literal that matches nothing' {
            { Get-Container nobody -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerNotFound,ContainerPS.Commands.GetContainerCommand'
            { Get-Image nobody -ErrorAction Stop } | Should -Throw -ErrorId 'ImageNotFound,ContainerPS.Commands.GetImageCommand'
            foreach ($command in 'Start', 'Stop', 'Wait', 'Remove', 'Suspend', 'Resume') {
                & "$command-Container" nobody -ErrorAction SilentlyContinue -ErrorVariable errors
                $errors[0].FullyQualifiedErrorId | Should -BeLike 'ContainerNotFound,ContainerPS.Commands.*'
                $errors[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
            }
        }

        It 'makes nothing of a wildcard that matches nothing' {
            Get-Container 'nobody*' -ErrorAction Stop | Should -BeNullOrEmpty
            Stop-Container 'nobody*' -ErrorAction Stop | Should -BeNullOrEmpty
            Remove-Container 'nobody*' -ErrorAction Stop | Should -BeNullOrEmpty
        }

        It 'calls an ambiguous prefix ambiguous' {
            # Containers until two ids begin alike: seventeen have sixteen first digits.
            $many = 1..17 | ForEach-Object { New-Container busybox -Name "many$_" -- true }
            try {
                $prefix = ($many.Id | ForEach-Object Substring 0, 1 | Group-Object | Where-Object Count -gt 1)[0].Name
                { Get-Container -Id $prefix -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerIdAmbiguous,ContainerPS.Commands.GetContainerCommand'
                { Stop-Container $prefix -ErrorAction Stop } | Should -Throw -ErrorId 'ContainerIdAmbiguous,ContainerPS.Commands.StopContainerCommand'
            }
            finally {
                $many | Remove-Container
            }
        }

        It 'does not match wildcards in a case-insensitive guess: names are what Linux says' {
            Get-Container 'W*' | Should -BeNullOrEmpty
        }
    }

    Context 'The command' {
        It 'arrives intact after --' {
            $container = New-Container busybox -Name words -- sh -c 'echo $0' -v /x 0755 1kb --name other -
            try {
                $container.Args | Should -Be 'sh', '-c', 'echo $0', '-v', '/x', '0755', '1kb', '--name', 'other', '-'
            }
            finally {
                $container | Remove-Container
            }
        }

        It 'is -Command with a piped image' {
            $container = Get-Image busybox | New-Container -Name piped -Command 'chmod', '0755', '/x'
            try {
                $container.Args | Should -Be 'chmod', '0755', '/x'
            }
            finally {
                $container | Remove-Container
            }
        }

        It 'may follow a list in argument mode: -Command httpd,-f' {
            $container = Get-Image busybox | New-Container -Name list -Command httpd,-f
            try {
                $container.Args | Should -Be 'httpd', '-f'
            }
            finally {
                $container | Remove-Container
            }
        }

        It 'keeps an empty argument' {
            $container = New-Container busybox -Name empty -- echo '' x
            try {
                $container.Args | Should -Be 'echo', '', 'x'
            }
            finally {
                $container | Remove-Container
            }
        }

        It 'is the image''s when none is given' {
            $container = New-Container busybox -Name default
            try {
                $container.Args | Should -Be 'sh'
            }
            finally {
                $container | Remove-Container
            }
        }
    }

    Context 'What a container is made with' {
        It 'keeps what it was given' {
            $container = New-Container busybox -Name full -Env @{ A = 1; B = 'x y' }, 'C=z' -Label @{ app = 'web' }, 'tier=front' -User nobody -WorkingDir /tmp -Hostname box -Domainname example.org `
                -Tmpfs /run:size=1m -Mount "$($store.RootFs)/www:/data:ro" -MemoryMax 64m -Cpus 0.5 -PidsMax 50 -StopTimeout 3 -StopSignal INT -Ulimit nofile=100 -- true
            try {
                $container.Env['A'], $container.Env['B'], $container.Env['C'] | Should -Be '1', 'x y', 'z'
                $container.Labels['app'], $container.Labels['tier'] | Should -Be 'web', 'front'
                $container.User | Should -Be 'nobody'
                $container.WorkingDir | Should -Be '/tmp'
                $container.Hostname | Should -Be 'box'
                $container.Domainname | Should -Be 'example.org'
                $container.Mounts.Destination | Should -Contain '/data'
                $container.Mounts.Destination | Should -Contain '/run'
                $container.Limits.MemoryMax | Should -Be 64MB
                $container.Limits.Cpus | Should -Be 0.5
                $container.Limits.PidsMax | Should -Be 50
                $container.StopTimeout.TotalSeconds | Should -Be 3
                [int]$container.StopSignal | Should -Be 2
                $container.State | Should -Be 'Created'
            }
            finally {
                $container | Remove-Container
            }
        }

        It 'reads environment files, and -Env wins' {
            Set-Content $TestDrive/env "# comment`nA=file`nB=file"
            $container = New-Container busybox -Name envfile -EnvFile $TestDrive/env -Env A=given -- true
            try {
                $container.Env['A'], $container.Env['B'] | Should -Be 'given', 'file'
            }
            finally {
                $container | Remove-Container
            }
        }

        It 'refuses what the bundle says itself' {
            { New-Container -OciSpec $TestDrive -Env A=1 -ErrorAction Stop } | Should -Throw -ErrorId 'ArgumentInvalid,ContainerPS.Commands.NewContainerCommand'
        }

        It 'filters by label, state, image and newest' {
            $labelled = New-Container busybox -Name labelled -Label app=x -- true
            try {
                (Get-Container -Label app=x).Name | Should -Be 'labelled'
                (Get-Container -Label app).Name | Should -Be 'labelled'
                Get-Container -Label app=y | Should -BeNullOrEmpty
                (Get-Container -Newest 1).Name | Should -Be 'labelled'
                @(Get-Container -Image 'busy*').Count | Should -Be 3
                Get-Container -Image nothing | Should -BeNullOrEmpty
                Get-Container -Running | Should -BeNullOrEmpty
                @(Get-Container -State Created).Count | Should -Be 3
            }
            finally {
                $labelled | Remove-Container
            }
        }
    }

    Context 'Exec' {
        It 'has no place for two containers and one input' {
            { 'x' | Invoke-ContainerCommand web, db -ErrorAction Stop -- cat } | Should -Throw -ErrorId 'ArgumentInvalid,ContainerPS.Commands.InvokeContainerCommandCommand'
        }

        It 'says that a container which does not run is not running' {
            { Invoke-ContainerCommand web -ErrorAction Stop -- true } | Should -Throw -ErrorId 'ContainerNotRunning,ContainerPS.Commands.InvokeContainerCommandCommand'
        }
    }
}
